/** The certificate of the https listener: the one given, else a self-signed one that renews itself. */
import { hostname } from 'node:os'
import { ok, type Result } from '../base/result.ts'
import type { Config } from './config.ts'
import type { StartFailure, World } from './open-ground.ts'
import type { TlsSource } from './tls/certificate.ts'
import { openCertificateFiles } from './tls/certificate-files.ts'
import { openSelfSigned } from './tls/self-signed.ts'

export const openTls = (config: Config, publicUrl: string | null, world: World): Result<TlsSource, StartFailure> => {
  if (config.tls) return openCertificateFiles(config.tls)
  const named = config.publicUrl ?? publicUrl
  const hosts = [...(named ? [new URL(named).hostname] : []), 'localhost', hostname(), '127.0.0.1', '::1']
  return ok(openSelfSigned({ dataDir: config.dataDir, hosts, now: world.clock.now(), random: world.random }))
}
