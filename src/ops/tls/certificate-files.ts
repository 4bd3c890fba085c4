/** A certificate that an administrator gave, in two files; read again when asked, so that renewals need no restart. */
import { readFileSync } from 'node:fs'
import { fail, ok, type Result } from '../../base/result.ts'
import { secret } from '../../base/secret.ts'
import { type CertificateFailure, pairOf, type TlsPair, type TlsSource } from './certificate.ts'

/** The pair in these files, or one plain sentence. An expired certificate is taken: `notAfter` tells. */
export const openCertificateFiles = (files: {
  readonly cert: string
  readonly key: string
}): Result<TlsSource, CertificateFailure> => {
  const first = read(files)
  if (!first.ok) return first
  let pair = first.value
  return ok({
    current: () => pair,
    refresh() {
      const next = read(files)
      // Half-written files are a matter of moments; what stands is still good.
      if (!next.ok) return next
      const changed = next.value.cert !== pair.cert
      pair = next.value
      return ok(changed)
    },
  })
}

const read = (files: { readonly cert: string; readonly key: string }): Result<TlsPair, CertificateFailure> => {
  const texts: string[] = []
  for (const file of [files.cert, files.key]) {
    try {
      texts.push(readFileSync(file, 'utf8'))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return fail('certificate_unreadable', `The file ${file} cannot be read (${code}).`)
    }
  }
  const [cert = '', key = ''] = texts
  const pair = pairOf(cert, secret(key))
  return typeof pair === 'string' ? fail('certificate_unfit', `The file ${files.cert} ${pair}.`) : ok(pair)
}
