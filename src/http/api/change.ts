/**
 * One change: one transaction that judges, writes and records (HOUSE §3.14). A refusal rolls it back and comes out as a
 * value. A dry run is the same transaction, rolled back at its end, so it tells what would happen and not what another
 * piece of code believes.
 */
import type { JsonObject } from '../../base/json.ts'
import { ok, type Result } from '../../base/result.ts'
import { type Authority, readAuthority } from '../../core/authority.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { clientOf } from '../../core/recorder.ts'
import type { RequestFacts } from '../../domain/decisions/decision.ts'
import type { Permission } from '../../domain/permissions/permission.ts'
import type { EventType } from '../../events/catalog.ts'
import { authorize, type Target } from '../../policy/authorize.ts'
import { LOCKED_OUT, lockOutIssues } from '../../resources/edit/lock-out-guard.ts'
import type { Tx } from '../../store/store.ts'
import type { ApiDeps } from './api-deps.ts'
import { actorOfCaller, authorizedActor, type Caller } from './caller.ts'
import { type ApiFailure, refuse } from './problem.ts'
import type { Call } from './route.ts'
import { storeFailure } from './store-failure.ts'

/** What a change works with. Made anew for each try: PostgreSQL may run the work twice. */
export type Changing = {
  readonly tx: Tx
  readonly now: number
  readonly caller: Caller
  readonly facts: RequestFacts
  /** Who holds what, as this transaction sees it; read when first asked for. */
  authority(): Promise<Authority>
  /** Whether the caller may do this to that target. */
  allows(permission: Permission | 'self', target: Target): Result<true, ApiFailure>
  record(type: EventType, target: string, detail?: JsonObject): Promise<void>
}

type Asked = Pick<Call, 'caller' | 'request'> & {
  readonly query?: { readonly dry_run?: boolean; readonly why?: string } | undefined
}
type Work<T> = (changing: Changing) => Promise<Result<T, ApiFailure>>

export const change = <T>(deps: ApiDeps, call: Asked, work: Work<T>): Promise<Result<T, ApiFailure>> =>
  run(deps, call, work)

/** A change that could lock the administrators out: refused where it would (I19). */
export const guardedChange = <T>(deps: ApiDeps, call: Asked, work: Work<T>): Promise<Result<T, ApiFailure>> =>
  run(deps, call, async (changing) => {
    const { done, locked } = await deps.keepIn(changing.tx, changing.facts, () => work(changing))
    return !done.ok || locked.length === 0 ? done : refuse('locked_out', LOCKED_OUT, lockOutIssues(locked))
  })

/** Carries an outcome out of a transaction that must not commit. */
class RolledBack<T> extends Error {
  readonly outcome: Result<T, ApiFailure>
  constructor(outcome: Result<T, ApiFailure>) {
    super('rolled back')
    this.name = 'RolledBack'
    this.outcome = outcome
  }
}

const run = async <T>(deps: ApiDeps, call: Asked, work: Work<T>): Promise<Result<T, ApiFailure>> => {
  const dryRun = call.query?.dry_run === true
  try {
    const value = await deps.store.write(async (tx) => {
      const outcome = await work(changingIn(deps, call, tx))
      if (!outcome.ok || dryRun) throw new RolledBack(outcome)
      return outcome.value
    })
    return ok(value)
  } catch (error) {
    // Thrown above and nowhere else, with the outcome of this very work.
    if (error instanceof RolledBack) return (error as RolledBack<T>).outcome
    const failure = storeFailure(error)
    if (failure) return { ok: false, error: failure }
    throw error
  }
}

const changingIn = (deps: ApiDeps, call: Asked, tx: Tx): Changing => {
  const { caller, request } = call
  const why = call.query?.why
  let authority: Promise<Authority> | null = null
  return {
    tx,
    now: request.now,
    caller,
    facts: requestFacts(request),
    authority: () => {
      authority ??= readAuthority(deps.store, tx, request.now)
      return authority
    },
    allows: (permission, target) => {
      const allowed = authorize(authorizedActor(caller), permission, target)
      return allowed.ok ? ok(true) : allowed
    },
    record: (type, target, detail = {}) =>
      deps.recorder.in(tx, {
        type,
        actor: actorOfCaller(caller),
        target,
        detail: { ...(why === undefined ? {} : { why }), ...detail },
        client: clientOf(requestFacts(request)),
        organisation: caller.person.user.organisation,
      }),
  }
}
