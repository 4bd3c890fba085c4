/** Authenticator kinds for tests of the stages that know none by name: the right code is the one they were given. */
import { html } from '../../src/base/html.ts'
import type { CredentialId } from '../../src/base/ids.ts'
import { Closed, Type } from '../../src/base/schema.ts'
import type { AuthenticatorKind, Held } from '../../src/kinds/contract/authenticator.ts'

type ToyData = { readonly code: string; readonly used: number; readonly spent: boolean }

export const toyHeld = (
  kind: string,
  code: string,
  more: { spent?: boolean; lastUsedAt?: number } = {},
): Held<ToyData> & { readonly kind: string } => ({
  id: `${kind}-${code}` as CredentialId,
  kind,
  name: '',
  data: { code, used: 0, spent: more.spent ?? false },
  createdAt: 0,
  lastUsedAt: more.lastUsedAt ?? null,
})

/**
 * `begins`: something is sent before the person can answer. `passkey`: as those behave, which needs a name and a script;
 * `weak` where it shows one factor alone.
 */
export const toyAuthenticator = (
  id: string,
  amr: string,
  more: { backup?: boolean; single?: boolean; begins?: boolean; passkey?: boolean; weak?: boolean } = {},
): AuthenticatorKind => {
  let begun = 0
  const kind: AuthenticatorKind<ToyData, { readonly greeting: string }> = {
    id,
    amr,
    icon: html`<svg></svg>`,
    config: Closed({ greeting: Type.String({ default: 'hello' }) }),
    data: Closed({ code: Type.String(), used: Type.Integer(), spent: Type.Boolean() }),
    secrets: [],
    ...(more.backup ? { backup: true } : {}),
    ...(more.single ? { single: true } : {}),
    ...(more.passkey
      ? {
          phishingResistant: true,
          needsScript: true,
          blockedAt: (origin) => (/\d$/.test(new URL(origin).hostname) ? 'ip_address' : null),
          standsAlone: () => !more.weak,
          lookupOf: ({ code }) => code,
        }
      : {}),
    usable: (data) => !data.spent,
    tell: () => ({}),
    setUp: {
      begin: () => {
        begun += 1
        return { code: `new-${begun}` }
      },
      ask: (state, { config, person, credential }) => ({
        secret: state.code,
        greeting: config.greeting,
        whose: person.user.username,
        credential,
      }),
      answer: (state, input) =>
        input.code === state.code
          ? { data: { code: String(state.code), used: 0, spent: false }, proven: !more.backup }
          : { errors: [{ field: 'code', text: 'authenticator.code_wrong' }] },
      page: (ask) => html`<code>${String(ask.secret)}</code><input name="code">`,
    },
    challenge: {
      ...(more.passkey ? { once: true } : {}),
      ...(more.begins
        ? {
            begin: async () => {
              begun += 1
              return { state: { number: begun }, effects: [{ do: 'record', event: { type: 'login.failed' } }] }
            },
          }
        : {}),
      ask: ({ state }) => ({ number: state?.number }),
      read: (input) =>
        input.code ? { answer: { code: input.code } } : { fault: { field: 'code', text: 'authenticator.code_empty' } },
      check: ({ code }, { held }) => {
        const found = held.find((one) => one.data.code === code)
        if (!found) return 'wrong'
        const right = { right: found.id, data: { ...found.data, used: found.data.used + 1 } }
        return more.passkey ? { ...right, more: ['user'], noticed: { credential: found.id, what: 'counter' } } : right
      },
      page: () => html`<input name="code">`,
    },
  }
  // Whoever holds kinds knows nothing of the data of any.
  return kind as AuthenticatorKind
}
