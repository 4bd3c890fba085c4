/** What setting up a second factor can be set to. */
import { Closed, type TSchema, Type } from '../../../base/schema.ts'

export type AuthenticatorSetupConfig = {
  readonly device_classes?: readonly string[]
  readonly may_skip: boolean
  readonly offer: boolean
  readonly kinds: Readonly<Record<string, unknown>>
}

export const setupConfig = (kinds: readonly { readonly id: string; readonly config: TSchema }[]): TSchema =>
  Closed({
    device_classes: Type.Optional(
      Type.Array(Type.Enum(kinds.map((kind) => kind.id)), {
        minItems: 1,
        uniqueItems: true,
        description: 'Kinds that may be chosen; left out, every kind that can stand by itself.',
      }),
    ),
    may_skip: Type.Boolean({ default: false, description: 'Offer to leave it for another time.' }),
    offer: Type.Boolean({
      default: false,
      description:
        'Ask only where it would be of use: of whoever has none of it, at an address and in a browser that can do it. Not now is heard for thirty days, never for ever.',
    }),
    kinds: Closed(Object.fromEntries(kinds.map((kind) => [kind.id, { ...kind.config, default: {} }])), {
      default: {},
      description: 'What new authenticators of each kind are like.',
    }),
  })
