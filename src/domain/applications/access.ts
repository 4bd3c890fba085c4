/** Who may open an application, and how strongly signed in. Absent: every active internal person. */
import { Closed, Expression, Line, Ref, type Static, Type } from '../../base/schema.ts'
import { Assurance } from '../assurance/assurance.ts'

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

const Binding = Type.Union(
  [
    Ref('policies'),
    Closed({
      policy: Ref('policies'),
      negate: Type.Optional(
        Type.Boolean({ description: 'It lets in where the policy does not hold; left out, false.' }),
      ),
      enabled: Type.Optional(Type.Boolean({ description: 'False: as if it were not listed; left out, true.' })),
    }),
  ],
  { 'x-by-shape': true },
)

export const Access = Closed({
  allow: Type.Optional(Who('Who may open it: any of the groups or users, if `when` holds.')),
  deny: Type.Optional(Who('Who may not, whatever `allow` says.')),
  policies: Type.Optional(
    Type.Array(Binding, {
      minItems: 1,
      maxItems: 50,
      description: 'Policies that must hold beside `allow`: a slug, or a map with `policy`, `negate` and `enabled`.',
    }),
  ),
  policy_engine_mode: Type.Optional(
    Type.Enum(['all', 'any'], { description: 'Whether all of the policies must hold or any of them; left out, all.' }),
  ),
  assurance: Type.Optional(Assurance),
})
export type Access = Static<typeof Access>
