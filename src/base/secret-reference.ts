/**
 * A secret in a spec. Given as a value, an environment variable, a file or sealed text; kept as `{ secret, version }`,
 * so that history never holds it and no API gives it back.
 */
import { type Static, Type } from './schema.ts'

export const SecretReference = (options: object = {}) =>
  Type.Union(
    [
      Type.Object(
        {
          secret: Type.String(),
          version: Type.Integer(),
          // Where the value came from, so that an export names it again. A name, never a value.
          env: Type.Optional(Type.String()),
          file: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
      Type.Object({ env: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
      Type.Object({ file: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
      Type.Object({ value: Type.String({ minLength: 1, maxLength: 4096 }) }, { additionalProperties: false }),
      Type.Object({ sealed: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
    ],
    { 'x-secret': true, ...options },
  )
export type SecretReference = Static<ReturnType<typeof SecretReference>>
export type StoredSecret = {
  readonly secret: string
  readonly version: number
  readonly env?: string
  readonly file?: string
}
