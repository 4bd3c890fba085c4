/**
 * The break-glass link that `gatehouse recover` prints: past every flow and policy, once. Opening it shows a button,
 * since mail scanners and link previews open addresses too (G12); pressing the button signs in.
 */
import type { Random } from '../base/random.ts'
import { redirect, type WireRequest, type WireResponse } from '../base/wire.ts'
import type { FirstRun } from '../core/first-run.ts'
import { requestFacts } from '../core/provider-ports.ts'
import { clientOf, type Recorder, userActor } from '../core/recorder.ts'
import { type IssuedSession, NoLongerAllowed, type Sessions, signedInAnew } from '../core/sessions.ts'
import type { Store } from '../store/store.ts'
import type { App } from './app.ts'
import { page, type Rendered } from './page-response.ts'
import { isSameOrigin } from './same-origin.ts'

export type RecoveryDeps = {
  readonly store: Store
  readonly firstRun: Pick<FirstRun, 'spendRecovery'>
  readonly sessions: Pick<Sessions, 'begin' | 'end' | 'signedIn'>
  readonly recorder: Recorder
  readonly random: Random
  readonly webPath: string
  readonly pages: {
    recovery(request: WireRequest): Rendered
    message(request: WireRequest, text: string): Rendered
  }
}

const PATH = '/recovery/use-token/:token/'

export const mountRecovery = (app: App, deps: RecoveryDeps): void => {
  app.route('GET', PATH, (request) => page(200, deps.pages.recovery(request)))
  app.route('POST', PATH, async (request, params): Promise<WireResponse> => {
    if (!isSameOrigin(request)) return page(403, deps.pages.message(request, 'error.other_site'))
    const issued = await spend(deps, request, params.token ?? '')
    if (!issued) return page(403, deps.pages.message(request, 'recovery.link_invalid'))
    return { ...redirect(`${deps.webPath}if/user/`, 303), cookies: [{ name: 'session', value: issued.cookie }] }
  })
}

const spend = async (deps: RecoveryDeps, request: WireRequest, link: string): Promise<IssuedSession | null> => {
  const facts = requestFacts(request)
  const cookie = request.cookies.get('session')
  const before = cookie ? await deps.sessions.signedIn(cookie) : null
  try {
    return await deps.store.write(async (tx) => {
      const user = await deps.firstRun.spendRecovery(tx, link, request.now)
      if (!user) {
        await deps.recorder.in(tx, {
          type: 'login.refused',
          actor: { kind: 'anonymous' },
          detail: { by: 'recovery link', reason: 'unknown, used, overtaken or expired' },
          client: clientOf(facts),
        })
        return null
      }
      // The old cookie dies with the sign-in (F01), whosever it was.
      if (before) await deps.sessions.end(tx, before.session, signedInAnew(before, facts))
      const issued = await deps.sessions.begin(tx, {
        user,
        proofs: [{ method: 'recovery', at: request.now }],
        persistent: false,
        request: facts,
      })
      const row = await deps.store.users.byId(tx, user)
      await deps.recorder.in(tx, {
        type: 'login.succeeded',
        actor: userActor(row ?? { id: user, username: '' }),
        target: `sessions/${issued.session.id}`,
        detail: { methods: ['recovery'], by: 'recovery link' },
        client: clientOf(facts),
      })
      return issued
    })
  } catch (error) {
    if (error instanceof NoLongerAllowed) return null
    throw error
  }
}
