/** Verifying an assertion (Level 3 §7.2): this very credential signed this challenge, for us, in front of somebody. */
import { base64url, fromBase64url, sameBytes } from '../../base/bytes.ts'
import { type AuthenticatorHead, checkAuthenticatorData } from './check-authenticator-data.ts'
import { checkClientData } from './check-client-data.ts'
import { fault, type Judged } from './fault.ts'
import type { AssertionResponse } from './read-response.ts'

/** What is kept of a credential, as far as an assertion is judged by it. */
export type KeptCredential = {
  readonly credentialId: string
  readonly publicKey: string
  readonly rpId: string
  readonly userHandle: string
  /** Null where it is not known, as of one that moved in. */
  readonly backupEligible: boolean | null
}

export const verifyAssertion = async (
  response: AssertionResponse,
  expected: {
    readonly challenge: string
    readonly origin: string
    readonly userVerification: boolean
    /** Nobody was named: the authenticator has to say whose it is. */
    readonly named: boolean
    readonly credential: KeptCredential
  },
): Promise<Judged<AuthenticatorHead>> => {
  const { credential } = expected
  if (response.id !== credential.credentialId) return fault('other_credential')
  const whose = response.userHandle
  if (whose === null ? !expected.named : !sameBytes(whose, credential.userHandle)) return fault('other_user')
  const said = checkClientData(response.clientData, { type: 'webauthn.get', ...expected })
  if (!said.ok) return said
  const head = checkAuthenticatorData(response.authenticatorData, { rpId: credential.rpId, ...expected })
  if (!head.ok) return head
  // Step 18 of §7.2: whether it can be kept on several devices never changes.
  if (credential.backupEligible !== null && credential.backupEligible !== head.value.backupEligible) {
    return fault('backup_flags')
  }
  return (await isSigned(response, expected)) ? head : fault('signature')
}

const isSigned = async (
  response: AssertionResponse,
  {
    challenge,
    origin,
    userVerification,
    credential,
  }: { challenge: string; origin: string; userVerification: boolean; credential: KeptCredential },
): Promise<boolean> => {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  try {
    const { verified } = await verifyAuthenticationResponse({
      response: {
        id: response.id,
        rawId: response.id,
        type: 'public-key',
        response: {
          clientDataJSON: base64url(response.clientData),
          authenticatorData: base64url(response.authenticatorData),
          signature: base64url(response.signature),
        },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: credential.rpId,
      requireUserVerification: userVerification,
      // The counter is judged by whoever asks, who may be told to let it pass: nought here never refuses.
      credential: {
        id: response.id,
        publicKey: Uint8Array.from(fromBase64url(credential.publicKey) ?? []),
        counter: 0,
      },
    })
    return verified
  } catch {
    return false
  }
}
