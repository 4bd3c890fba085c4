/** The parts that this kind's events share: who acted, and from where. */
import type { WireRequest } from '../../../base/wire.ts'
import type { Person } from '../../../domain/people/person.ts'
import type { Actor, EventDraft } from '../../../events/event.ts'

// Longer user agents are an attack on the log, not a browser (M06).
const LONGEST_AGENT = 400

export const userAgentOf = (request: Pick<WireRequest, 'headers'>): string =>
  (request.headers['user-agent'] ?? '').slice(0, LONGEST_AGENT)

export const from = (request: WireRequest): NonNullable<EventDraft['client']> => ({
  ip: request.ip,
  userAgent: userAgentOf(request),
  request: request.id,
})

export const personActor = ({ user }: Person): Actor => ({ kind: 'user', id: user.id, name: user.username })

export const clientActor = (id: string): Actor => ({ kind: 'client', id })
