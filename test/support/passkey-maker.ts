/**
 * An authenticator in software, written from WebAuthn Level 3 and CTAP alone: it shares nothing with what it is to agree
 * with. It makes passkeys (ES256, RS256, EdDSA; attestation `none` or packed by its own key) and uses them, and can be
 * told to lie about whatever an attacker would.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA'

/** What it is told to say instead of the truth. */
export type Lies = {
  readonly type?: string
  readonly challenge?: string
  readonly origin?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly rpId?: string
  readonly present?: boolean
  readonly verified?: boolean
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
  readonly counter?: number
  readonly userHandle?: string | null
  readonly credentialId?: Uint8Array
  /** COSE's number, in the key that is told. */
  readonly alg?: number
  readonly attestation?: 'none' | 'packed'
  /** After what was encoded. */
  readonly trailing?: Uint8Array
  /** In the place of the whole attestation object. */
  readonly attestationObject?: Uint8Array
  readonly spoilSignature?: boolean
}

export type MadePasskey = {
  readonly id: string
  readonly userHandle: string
  readonly rpId: string
  readonly algorithm: Algorithm
  readonly key: KeyObject
  readonly synced: boolean
  readonly verifies: boolean
  counter: number
}

type Creation = {
  readonly challenge: string
  readonly rp: { readonly id: string }
  readonly user: { readonly id: string }
}
type Request = { readonly challenge: string; readonly rpId: string }

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

type Cbor = number | string | Uint8Array | readonly (readonly [number | string, Cbor])[]

const head = (major: number, value: number): Buffer => {
  const first = major << 5
  if (value < 24) return Buffer.from([first | value])
  if (value < 0x100) return Buffer.from([first | 24, value])
  if (value < 0x10000) return Buffer.from([first | 25, value >> 8, value & 0xff])
  const long = Buffer.alloc(5)
  long[0] = first | 26
  long.writeUInt32BE(value, 1)
  return long
}

/** As much of CBOR (RFC 8949) as authenticators speak; a list of pairs is a map. */
export const cbor = (value: Cbor): Buffer => {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.length), ...value.flatMap(([key, inner]) => [cbor(key), cbor(inner)])])
}

const makeKeys = (algorithm: Algorithm) => {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ed25519')
}

const bytesOf = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')

/** The COSE key (RFC 9053 §7): EC2, RSA or OKP. */
const coseKey = (algorithm: Algorithm, publicKey: KeyObject, alg: number | undefined): Buffer => {
  const { x, y, n, e } = publicKey.export({ format: 'jwk' })
  if (algorithm === 'ES256') {
    return cbor([
      [1, 2],
      [3, alg ?? -7],
      [-1, 1],
      [-2, bytesOf(x)],
      [-3, bytesOf(y)],
    ])
  }
  if (algorithm === 'RS256') {
    return cbor([
      [1, 3],
      [3, alg ?? -257],
      [-1, bytesOf(n)],
      [-2, bytesOf(e)],
    ])
  }
  return cbor([
    [1, 1],
    [3, alg ?? -8],
    [-1, 6],
    [-2, bytesOf(x)],
  ])
}

const COSE: Readonly<Record<Algorithm, number>> = { ES256: -7, RS256: -257, EdDSA: -8 }

const clientData = (type: string, challenge: string, origin: string, lies: Lies): Buffer =>
  Buffer.from(
    JSON.stringify({
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? origin,
      ...(lies.crossOrigin === undefined ? {} : { crossOrigin: lies.crossOrigin }),
      ...(lies.topOrigin === undefined ? {} : { topOrigin: lies.topOrigin }),
    }),
  )

const authenticatorData = (
  about: { rpId: string; verifies: boolean; synced: boolean; counter: number },
  lies: Lies,
  attested: Uint8Array = new Uint8Array(),
): Buffer => {
  const flags =
    ((lies.present ?? true) ? 0x01 : 0) |
    ((lies.verified ?? about.verifies) ? 0x04 : 0) |
    ((lies.backupEligible ?? about.synced) ? 0x08 : 0) |
    ((lies.backedUp ?? about.synced) ? 0x10 : 0) |
    (attested.length > 0 ? 0x40 : 0)
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(lies.counter ?? about.counter)
  return Buffer.concat([sha256(lies.rpId ?? about.rpId), Buffer.from([flags]), counter, attested])
}

/** DER for ES256, as authenticators sign. */
const signBy = ({ algorithm, key }: Pick<MadePasskey, 'algorithm' | 'key'>, data: Uint8Array): Buffer =>
  sign(algorithm === 'EdDSA' ? null : 'sha256', data, key)

/** Makes a passkey for the options of a page; `answer` is what its script would send. */
export const makePasskey = (
  options: Creation,
  origin: string,
  kind: {
    readonly algorithm?: Algorithm
    readonly synced?: boolean
    readonly verifies?: boolean
    readonly counter?: number
    readonly aaguid?: string
    readonly discoverable?: boolean
  } = {},
  lies: Lies = {},
): { readonly passkey: MadePasskey; readonly answer: string } => {
  const { algorithm = 'ES256', synced = false, verifies = true, counter = 0 } = kind
  const { publicKey, privateKey } = makeKeys(algorithm)
  const id = lies.credentialId ?? randomBytes(32)
  const passkey: MadePasskey = {
    id: base64url(id),
    userHandle: options.user.id,
    rpId: options.rp.id,
    algorithm,
    key: privateKey,
    synced,
    verifies,
    counter,
  }
  const length = Buffer.alloc(2)
  length.writeUInt16BE(id.length)
  const aaguid = Buffer.from((kind.aaguid ?? '0'.repeat(32)).replaceAll('-', ''), 'hex')
  const attested = Buffer.concat([aaguid, length, id, coseKey(algorithm, publicKey, lies.alg)])
  const authData = authenticatorData(passkey, lies, attested)
  const client = clientData('webauthn.create', options.challenge, origin, lies)
  const signature = signBy(passkey, Buffer.concat([authData, sha256(client)]))
  const statement: Cbor =
    lies.attestation === 'packed'
      ? [
          ['alg', COSE[algorithm]],
          ['sig', lies.spoilSignature ? randomBytes(signature.length) : signature],
        ]
      : []
  const object = cbor([
    ['fmt', lies.attestation ?? 'none'],
    ['attStmt', statement],
    ['authData', authData],
  ])
  const whole = lies.attestationObject ?? Buffer.concat([object, lies.trailing ?? new Uint8Array()])
  const answer = JSON.stringify({
    id: passkey.id,
    rawId: passkey.id,
    type: 'public-key',
    response: {
      clientDataJSON: base64url(client),
      attestationObject: base64url(whole),
      transports: ['internal', 'hybrid'],
    },
    clientExtensionResults: { credProps: { rk: kind.discoverable ?? true } },
  })
  return { passkey, answer }
}

/** Uses a passkey for the options of a page; one that counts goes up by one each time. */
export const usePasskey = (passkey: MadePasskey, options: Request, origin: string, lies: Lies = {}): string => {
  if (passkey.counter > 0) passkey.counter += 1
  const authData = Buffer.concat([authenticatorData(passkey, lies), lies.trailing ?? new Uint8Array()])
  const client = clientData('webauthn.get', options.challenge, origin, lies)
  const signature = signBy(passkey, Buffer.concat([authData, sha256(client)]))
  const id = lies.credentialId ? base64url(lies.credentialId) : passkey.id
  const userHandle = lies.userHandle === undefined ? passkey.userHandle : lies.userHandle
  return JSON.stringify({
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: base64url(client),
      authenticatorData: base64url(authData),
      signature: base64url(lies.spoilSignature ? randomBytes(signature.length) : signature),
      ...(userHandle === null ? {} : { userHandle }),
    },
    clientExtensionResults: {},
  })
}
