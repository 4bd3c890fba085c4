/** What one signature costs this CPU at the least: `crypto.sign` alone, over as many bytes as a token of ours has. */
import { constants, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'

export type SigningLimit = { readonly algorithm: 'RS256' | 'ES256'; readonly milliseconds: number }

const TOKEN_BYTES = 700

const newKey = (algorithm: SigningLimit['algorithm']) => {
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // By way of PEM, as keys come out of the store.
  return createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
}

/** Microseconds of CPU a signature. */
export const signingLimit = async ({ algorithm, milliseconds }: SigningLimit) => {
  const key = newKey(algorithm)
  const settings =
    algorithm === 'RS256' ? { key, padding: constants.RSA_PKCS1_PADDING } : { key, dsaEncoding: 'ieee-p1363' as const }
  const input = Buffer.alloc(TOKEN_BYTES, 'a')
  const began = performance.now()
  const cpu = process.cpuUsage()
  let count = 0
  for (; performance.now() - began < milliseconds; count += 1) sign('sha256', input, settings)
  const used = process.cpuUsage(cpu)
  return { count, cpu: (used.user + used.system) / count }
}
