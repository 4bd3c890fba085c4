/** Registering a new credential (Level 3 §7.1): what was made is for us, over this challenge, in front of somebody. */
import { base64url } from '../../base/bytes.ts'
import { ok } from '../../base/result.ts'
import { checkAuthenticatorData } from './check-authenticator-data.ts'
import { checkClientData } from './check-client-data.ts'
import { ALGORITHMS } from './creation-options.ts'
import { fault, type Judged } from './fault.ts'
import type { RegistrationResponse } from './read-response.ts'
import { isWholeCbor } from './whole-cbor.ts'

export type Registered = {
  readonly credentialId: string
  /** The COSE key (RFC 9052 §7), base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly aaguid: string
  readonly userVerified: boolean
  readonly backupEligible: boolean
  readonly backedUp: boolean
}

/** SafetyNet is judged by a clock and roots of its own; it was shut down in 2025. */
const FORMATS: ReadonlySet<string> = new Set(['none', 'packed', 'fido-u2f', 'apple', 'android-key', 'tpm'])

export const verifyRegistration = async (
  response: RegistrationResponse,
  expected: {
    readonly challenge: string
    readonly origin: string
    readonly rpId: string
    readonly userVerification: boolean
  },
): Promise<Judged<Registered>> => {
  const said = checkClientData(response.clientData, { type: 'webauthn.create', ...expected })
  if (!said.ok) return said
  if (!isWholeCbor(response.attestationObject)) return fault('malformed', 'attestationObject')
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers')
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  try {
    const attestation = decodeAttestationObject(Uint8Array.from(response.attestationObject))
    if (!FORMATS.has(attestation.get('fmt'))) return fault('attestation', String(attestation.get('fmt')).slice(0, 40))
    const head = checkAuthenticatorData(attestation.get('authData'), expected)
    if (!head.ok) return head
    const certified = attestation.get('attStmt').get('x5c') !== undefined
    const object = certified ? isoCBOR.encode(unattested(attestation.get('authData'))) : response.attestationObject
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id: response.id,
        rawId: response.id,
        type: 'public-key',
        response: {
          clientDataJSON: base64url(response.clientData),
          attestationObject: base64url(object),
        },
        clientExtensionResults: {},
      },
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: expected.userVerification,
      supportedAlgorithmIDs: [...ALGORITHMS],
    })
    if (!verified) return fault('attestation')
    const { credential, aaguid } = registrationInfo
    // What the browser calls it and what the authenticator signed must be one.
    if (credential.id !== response.id) return fault('other_credential')
    return ok({
      credentialId: credential.id,
      publicKey: base64url(credential.publicKey),
      aaguid,
      ...head.value,
    })
  } catch (error) {
    return refusalOf(error)
  }
}

/**
 * Whoever registers wrote the certificates of a statement, and the library fetches the revocation lists that they name
 * (K01). No attestation was asked for: what comes with certificates counts as what comes without, as browsers make it
 * (§5.1.3, "none").
 */
const unattested = (authData: Uint8Array): Map<string, string | Uint8Array | Map<string, string>> =>
  new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', authData],
  ])

/** The library throws for whatever it does not take; its words go to the log. */
const refusalOf = (error: unknown): Judged<never> => {
  const said = error instanceof Error ? error.message : String(error)
  return fault(/public key alg/.test(said) ? 'algorithm' : 'malformed', said.slice(0, 200))
}
