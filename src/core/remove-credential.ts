/** Takes an authenticator away, with its event. Whoever calls it has judged that it may be. */
import type { UserId } from '../base/ids.ts'
import type { Actor, EventDraft } from '../events/event.ts'
import type { Credential, Store, Tx } from '../store/store.ts'
import type { Recorder } from './recorder.ts'

type About = {
  readonly tx: Tx
  readonly user: UserId
  readonly actor: Actor
  readonly client: NonNullable<EventDraft['client']>
}

export const removeCredential = async (
  deps: { readonly store: Pick<Store, 'credentials'>; readonly recorder: Recorder },
  { tx, user, actor, client }: About,
  { id, kind, name }: Pick<Credential, 'id' | 'kind' | 'name'>,
): Promise<void> => {
  if (!(await deps.store.credentials.remove(tx, id))) return
  await deps.recorder.in(tx, {
    type: 'credential.removed',
    actor,
    target: `users/${user}`,
    detail: { credential: id, kind, name },
    client,
  })
}
