/** How strongly and how recently somebody must be signed in, and from where: what applications and the console demand. */
import { Closed, Duration, Type } from '../../base/schema.ts'

export const Assurance = Closed({
  mfa: Type.Optional(Type.Enum(['required', 'optional'], { description: 'Whether two factors must be proven.' })),
  methods: Type.Optional(
    Type.Array(Type.String(), {
      description: 'At least one of these `amr` methods. `webauthn` stands for `hwk` and `swk`, `totp` for `otp`.',
    }),
  ),
  max_age: Type.Optional(Duration({ description: 'How long ago the sign-in may be.' })),
  device: Type.Optional(
    Type.Enum(['known'], { description: 'Only from a browser that signed the person in before this session.' }),
  ),
  network: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 100,
      description: 'Only from these addresses and networks.',
      examples: [['10.0.0.0/8', '2001:db8::/32']],
    }),
  ),
})

/** Its durations are parsed and its networks read. */
export type Demands = {
  readonly mfa: boolean
  /** One of these must be proven. Null: any will do. */
  readonly methods: readonly string[] | null
  /** In milliseconds. */
  readonly maxAge: number | null
  readonly device: 'known' | null
  /** As they are written. Null: anywhere. */
  readonly network: readonly string[] | null
  /** Whether a browser that was trusted may stand for the second factor. */
  readonly takesTrust: boolean
}

export const NO_DEMANDS: Demands = {
  mfa: false,
  methods: null,
  maxAge: null,
  device: null,
  network: null,
  takesTrust: true,
}
