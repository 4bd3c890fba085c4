/** What a person agreed to be told to a client, as the API tells it. */
import type { Json } from '../../../base/json.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { Consent } from '../../../domain/grants/grant.ts'
import { Instant, instant, MaybeInstant, maybeInstant } from '../shapes.ts'

export const ConsentView = Closed(
  {
    client_id: Type.String(),
    application: Type.String(),
    scopes: Type.Array(Type.String()),
    granted_at: Instant('When the person said yes.'),
    expires_at: MaybeInstant('Until when it is remembered, or null.'),
  },
  { title: 'Consent' },
)

export const consentView = (consent: Consent): Json => ({
  client_id: consent.clientId,
  application: consent.application,
  scopes: consent.scopes,
  granted_at: instant(consent.grantedAt),
  expires_at: maybeInstant(consent.expiresAt),
})
