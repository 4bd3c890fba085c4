/**
 * Groups and people as a configuration file writes them (DESIGN §10). What it says of a person, it decides; what it
 * leaves out, it leaves alone; but groups are always exactly those it names, so that a line taken out takes access away.
 */
import { Closed, Line, Ref, SlugMap, type Static, Type } from '../../base/schema.ts'
import { USER_KINDS } from '../../domain/users/user.ts'

const Identity = {
  id: Type.Optional(
    Type.String({ format: 'id', description: 'Pins who or what this is, whatever it is called. A UUID.' }),
  ),
  was: Type.Optional(Line({ minLength: 1, description: 'The name it had before; the first apply renames it.' })),
}

const Attributes = Type.Record(Type.String(), Type.Any(), { description: 'Free-form, for claims and conditions.' })

export const GroupSpec = Closed({
  ...Identity,
  name: Type.Optional(Line({ minLength: 1, description: 'As people read it; left out, the slug.' })),
  parents: Type.Array(Ref('groups'), { default: [], uniqueItems: true, description: 'Members are members there too.' }),
  roles: Type.Array(Ref('roles'), { default: [], uniqueItems: true, description: 'Roles that members hold.' }),
  attributes: Type.Record(Type.String(), Type.Any(), { default: {} }),
})
export type GroupSpec = Static<typeof GroupSpec>

const Until = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,3})?(?:Z|[+-][0-9]{2}:[0-9]{2})$',
  description: 'An instant (RFC 3339), such as 2026-12-31T23:59:59Z.',
})

const Memberships = Type.Union(
  [
    Type.Array(Ref('groups'), { uniqueItems: true }),
    SlugMap(Closed({ until: Type.Optional(Until) }), {
      examples: [{ contractors: { until: '2026-12-31T23:59:59Z' } }],
    }),
  ],
  { 'x-by-shape': true, default: [], description: 'A list of groups, or a map that says until when.' },
)

const Address = Type.Union(
  [
    Type.String({ maxLength: 254 }),
    Closed({
      address: Type.String({ maxLength: 254 }),
      verified: Type.Boolean({ default: true, description: 'Whether it is known to be this person’s.' }),
    }),
  ],
  { 'x-by-shape': true },
)

const enforce = Type.Boolean({
  default: false,
  description: 'Left out, this is the first password only; true puts it back whenever it was changed.',
})
const must_change = Type.Boolean({
  default: false,
  description: 'Whether this one serves for one sign-in only: another is asked for there.',
})
const Password = Type.Union(
  [
    Closed({ hash: Type.String({ minLength: 1, maxLength: 1024 }), enforce, must_change }),
    Closed({ env: Type.String({ minLength: 1 }), enforce, must_change }),
    Closed({ file: Type.String({ minLength: 1 }), enforce, must_change }),
    Closed({ value: Type.String({ minLength: 1, maxLength: 4096 }), enforce, must_change }),
  ],
  { 'x-by-key': true },
)

export const UserSpec = Closed({
  ...Identity,
  number: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'For a new person only.' })),
  name: Type.Optional(Line({ minLength: 1, description: 'As others read it; left out, the user name.' })),
  email: Type.Optional(Type.String({ maxLength: 254, description: 'The one address. For more, `emails`.' })),
  emails: Type.Optional(Type.Array(Address, { maxItems: 20, description: 'Addresses, the primary one first.' })),
  groups: Memberships,
  password: Type.Optional(Password),
  active: Type.Optional(
    Type.Boolean({ description: 'Left out, a new person is active and a present one stays as is.' }),
  ),
  kind: Type.Optional(Type.Enum([...USER_KINDS])),
  attributes: Type.Optional(Attributes),
  locale: Type.Optional(Type.String({ pattern: '^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$' })),
  subjects: Type.Optional(
    Type.Record(Type.String(), Line({ minLength: 1 }), {
      description: 'What this person is called in tokens (`sub`), by application or `*`.',
    }),
  ),
})
export type UserSpec = Static<typeof UserSpec>
export type PasswordSpec = NonNullable<UserSpec['password']>
