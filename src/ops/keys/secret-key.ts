/**
 * Where the secret key comes from: `GATEHOUSE_SECRET_KEY`, else `secret.key` in the data folder, made at first start.
 * Refusals are one plain sentence each and never hold the key (O04).
 */
import { linkSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { base64url } from '../../base/bytes.ts'
import { type Random, token } from '../../base/random.ts'
import { type Failure, fail, ok, type Result } from '../../base/result.ts'
import { reveal, type Secret, secret } from '../../base/secret.ts'
import { judgeSecretKey } from './judge-secret-key.ts'
import { exposedMode, syncFolder, writePrivateFile } from './private-file.ts'

export type SecretKey = {
  readonly current: Secret
  /** Read meanwhile: what was wrapped under one of these is wrapped again under the current one. */
  readonly previous: readonly Secret[]
  readonly from: 'setting' | 'file' | 'made'
}

export type SecretKeyFailure = Failure<'secret_key_weak' | 'secret_key_exposed' | 'secret_key_unreadable'>

export type SecretKeySettings = {
  readonly given: Secret | null
  /** Not judged: a weak key must be left behind, and for that it must be read once more. */
  readonly previous: readonly Secret[]
  readonly dataDir: string
  readonly random: Random
}

/** The secret key of this instance, or why there is none to start with. Makes the file where nothing is set. */
export const loadSecretKey = (settings: SecretKeySettings): Result<SecretKey, SecretKeyFailure> => {
  const { given, previous } = settings
  if (!given) return loadFile(settings)
  const weakness = judgeSecretKey(reveal(given, 'judge secret key'))
  if (weakness) {
    return fail(
      'secret_key_weak',
      `The secret key in GATEHOUSE_SECRET_KEY ${weakness}. Make one with: openssl rand -base64 48`,
    )
  }
  return ok({ current: given, previous, from: 'setting' })
}

const loadFile = (settings: SecretKeySettings): Result<SecretKey, SecretKeyFailure> => {
  const file = path.join(settings.dataDir, 'secret.key')
  try {
    const made = make(settings.dataDir, file, settings.random)
    const mode = exposedMode(file)
    if (mode) {
      const cure = `Run: chmod 600 ${file}`
      return fail('secret_key_exposed', `The secret key file ${file} can be read by others (mode ${mode}). ${cure}`)
    }
    const key = readFileSync(file, 'utf8').trim()
    const weakness = judgeSecretKey(key)
    if (weakness) {
      return fail(
        'secret_key_weak',
        `The secret key in ${file} ${weakness}. Put the right one back from your safe copy.`,
      )
    }
    return ok({ current: secret(key), previous: settings.previous, from: made ? 'made' : 'file' })
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (!code) throw error
    return fail('secret_key_unreadable', `The secret key file ${file} cannot be used: ${syscall} fails with ${code}.`)
  }
}

/**
 * Makes the file where there is none. Written under another name and linked into place: of two processes that start
 * at once one wins and both read the winner's key, and a crash never leaves half a key behind.
 */
const make = (folder: string, file: string, random: Random): boolean => {
  if (lstatSync(file, { throwIfNoEntry: false })) return false
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${base64url(random(9))}`
  try {
    writePrivateFile(draft, `${token(random)}\n`)
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
    syncFolder(folder)
  }
}
