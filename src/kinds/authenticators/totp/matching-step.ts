/**
 * Which step a code belongs to (RFC 6238 §5.2): that of now, or one to either side for a clock that is off by as much.
 * A step that was used, and any before it, is no answer any more (E12, E15).
 */
import { Secret, TOTP } from 'otpauth'
import { sameBytes } from '../../../base/bytes.ts'

export type TotpParameters = {
  readonly algorithm: 'SHA1' | 'SHA256' | 'SHA512'
  readonly digits: 6 | 8
  /** Seconds. */
  readonly period: number
}

const SKEW = 1

/** The code of a step; `secret` is base32. */
export const codeAt = (secret: string, { algorithm, digits, period }: TotpParameters, step: number): string =>
  TOTP.generate({
    secret: Secret.fromBase32(secret),
    algorithm,
    digits,
    period,
    timestamp: step * period * 1000,
  })

export const stepAt = (now: number, period: number): number => Math.floor(now / 1000 / period)

/** The step whose code this is, null for none. Each is compared, so that time tells nothing about which was near. */
export const matchingStep = (
  code: string,
  secret: string,
  parameters: TotpParameters,
  at: { readonly now: number; readonly lastStep: number },
): number | null => {
  const present = stepAt(at.now, parameters.period)
  let found: number | null = null
  for (let step = Math.max(0, present - SKEW); step <= present + SKEW; step += 1) {
    const same = sameBytes(code, codeAt(secret, parameters, step))
    if (same && step > at.lastStep) found = step
  }
  return found
}
