/**
 * What clients were given, over the store: codes spent once, families of refresh tokens, the check whether a token's
 * grant still lives, from memory that follows the changes. Tokens and codes are handed out here and kept as keyed
 * hashes (O06).
 */
import type { Clock } from '../base/clock.ts'
import { HOUR } from '../base/clock.ts'
import type { GrantId, SessionId } from '../base/ids.ts'
import { type Random, token } from '../base/random.ts'
import type { Grant } from '../domain/grants/grant.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { EventDraft } from '../events/event.ts'
import type { NewTokens, ProviderPorts } from '../kinds/contract/provider.ts'
import type { Store, Tx } from '../store/store.ts'
import { keepByKey } from './keep-by-key.ts'
import type { People } from './people.ts'
import type { Recorder } from './recorder.ts'

type GrantPorts = ProviderPorts['grants']
type Deps = {
  readonly store: Store
  readonly ring: KeyRing
  readonly recorder: Recorder
  readonly people: Pick<People, 'byId'>
  readonly clock: Clock
  readonly random: Random
}

export const createGrants = (deps: Deps): GrantPorts => {
  const { store, ring, recorder, random, clock } = deps
  const alive = keptAliveness(deps)
  const hash = (purpose: 'code' | 'refresh', value: string) => ring.hash(purpose, value)
  const system = (
    type: 'oauth.code_reused' | 'oauth.refresh_reused',
    grant: { clientId: string; grantId: string },
  ): EventDraft => ({
    type,
    actor: { kind: 'client', id: grant.clientId },
    target: `grants/${grant.grantId}`,
  })

  const write = async (tx: Tx, tokens: NewTokens): Promise<string | null> => {
    await store.grants.insert(tx, tokens.grant)
    const refreshToken = tokens.refresh ? token(random) : null
    if (tokens.refresh && refreshToken) {
      await store.grants.insertRefresh(tx, hash('refresh', refreshToken), {
        grantId: tokens.grant.id,
        issuedAt: tokens.grant.createdAt,
        expiresAt: tokens.refresh.expiresAt,
        usedAt: null,
      })
    }
    await recorder.in(tx, tokens.event)
    return refreshToken
  }

  return {
    issueCode: async (code, event) => {
      const value = token(random)
      await store.write(async (tx) => {
        await store.grants.insertCode(tx, hash('code', value), code)
        await recorder.in(tx, event)
      })
      return value
    },

    exchangeCode: (value, now, judge) =>
      store.write(async (tx) => {
        const redemption = await store.grants.redeemCode(tx, hash('code', value), now)
        if (redemption.outcome === 'unknown' || redemption.outcome === 'expired') return { outcome: redemption.outcome }
        const { grantId, clientId } = redemption.code
        if (redemption.outcome === 'reused') {
          await store.grants.end(tx, grantId, now, 'code used twice')
          await recorder.in(tx, system('oauth.code_reused', { clientId, grantId }))
          return { outcome: 'reused' as const }
        }
        const judged = judge(redemption.code)
        if (!judged.ok) {
          await recorder.in(tx, judged.error)
          return { outcome: 'refused' as const }
        }
        return { outcome: 'issued' as const, grant: judged.value.grant, refreshToken: await write(tx, judged.value) }
      }),

    issue: (tokens) => store.write(async (tx) => ({ grant: tokens.grant, refreshToken: await write(tx, tokens) })),

    peekRefresh: async (refreshToken) =>
      (await store.grants.refreshByHash(store.read, hash('refresh', refreshToken))) ?? null,

    rotate: (refreshToken, now, next) =>
      store.write(async (tx) => {
        const use = await store.grants.useRefresh(tx, hash('refresh', refreshToken), now)
        if (use.outcome === 'reused') {
          await store.grants.end(tx, use.grant.id, now, 'refresh token used twice')
          await recorder.in(tx, system('oauth.refresh_reused', { clientId: use.grant.clientId, grantId: use.grant.id }))
        }
        if (use.outcome !== 'used') return { outcome: use.outcome }
        const successor = token(random)
        await store.grants.insertRefresh(tx, hash('refresh', successor), {
          grantId: use.grant.id,
          issuedAt: now,
          expiresAt: next.expiresAt,
          usedAt: null,
        })
        await store.grants.extend(tx, use.grant.id, next.expiresAt)
        await recorder.counted(tx, silentRefresh(next.event, use.grant))
        return { outcome: 'rotated' as const, grant: use.grant, refreshToken: successor }
      }),

    alive: alive.grant,

    end: (id, why, event) =>
      store.write(async (tx) => {
        if (await store.grants.end(tx, id, clock.now(), why)) await recorder.in(tx, event)
      }),

    endOfSession: (session: SessionId, application: string, event) =>
      store.write(async (tx) => {
        const now = clock.now()
        const held = (await store.grants.ofSession(tx, session)).filter(
          (grant) => grant.application === application && grant.endedAt === null,
        )
        for (const grant of held) await store.grants.end(tx, grant.id, now, 'signed out at the application')
        if (held.length > 0) await recorder.in(tx, event)
      }),

    revokeJti: (jti, expiresAt, event) =>
      store.write(async (tx) => {
        // An hour more than the token lives: clocks of other machines lag.
        await store.grants.revokeJti(tx, jti, expiresAt + HOUR)
        await recorder.in(tx, event)
      }),

    isJtiRevoked: alive.isJtiRevoked,
  }
}

/**
 * Refreshing goes on silently, every few minutes for each tab that is open: counted per session and application (DESIGN
 * §11), by the grant where it outlives its session.
 */
const silentRefresh = ({ type, actor, organisation }: EventDraft, grant: Grant): EventDraft => ({
  type,
  actor,
  target: grant.sessionId ? `sessions/${grant.sessionId}` : `grants/${grant.id}`,
  detail: { application: grant.application, user: grant.userId },
  ...(organisation === undefined ? {} : { organisation }),
})

/** A grant lives while it was not ended and its person is active and of the generation that it was given to. */
const keptAliveness = ({ store, people, clock }: Deps) => {
  const grants = keepByKey<GrantId, Grant>(store.changes, {
    touched: ({ what, key }) => (what === 'grants' ? (key as GrantId) : 'none'),
    load: async (id) => (await store.grants.byId(store.read, id)) ?? null,
    // It may have been extended since by a refresh, which is noted as no change.
    holds: ({ expiresAt }) => expiresAt > clock.now(),
  })
  const jtis = keepByKey<string, { revoked: boolean }>(store.changes, {
    touched: ({ what, key }) => (what === 'jti' ? key : 'none'),
    load: async (jti) => ({ revoked: await store.grants.isJtiRevoked(store.read, jti) }),
  })
  const grant = async (id: GrantId): Promise<Grant | null> => {
    const found = await grants.of(id)
    if (!found || found.endedAt !== null || found.expiresAt <= clock.now()) return null
    if (!found.userId) return found
    const person = await people.byId(found.userId)
    const given = found.data.generation
    if (!person?.user.active || (typeof given === 'number' && given !== person.user.generation)) return null
    return found
  }
  return {
    grant,
    isJtiRevoked: async (jti: string): Promise<boolean> => (await jtis.of(jti))?.revoked ?? false,
  }
}
