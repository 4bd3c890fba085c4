/** Who may open an application, and how strongly signed in. Absent: every active internal person. */
import { Closed, Duration, Expression, Line, Ref, type Static, Type } from '../../base/schema.ts'

const Who = (description: string) =>
  Closed(
    {
      groups: Type.Optional(
        Type.Array(Ref('groups'), { description: 'Members of any of these groups, nested ones too.' }),
      ),
      users: Type.Optional(Type.Array(Line(), { description: 'These people, by user name.' })),
      when: Type.Optional(
        Expression({ description: 'A CEL condition over user, groups, session, request and application.' }),
      ),
    },
    { description },
  )

export const Access = Closed({
  allow: Type.Optional(Who('Who may open it: any of the groups or users, if `when` holds.')),
  deny: Type.Optional(Who('Who may not, whatever `allow` says.')),
  assurance: Type.Optional(
    Closed({
      mfa: Type.Optional(Type.Enum(['required', 'optional'], { description: 'Whether two factors must be proven.' })),
      methods: Type.Optional(Type.Array(Type.String(), { description: 'At least one of these `amr` methods.' })),
      max_age: Type.Optional(Duration({ description: 'How long ago the sign-in may be.' })),
    }),
  ),
})
export type Access = Static<typeof Access>
