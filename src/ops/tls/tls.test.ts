import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { connect, createServer } from 'node:tls'
import { inspect } from 'node:util'
import { DAY, HOUR } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { reveal } from '../../base/secret.ts'
import type { TlsSource } from './certificate.ts'
import { openCertificateFiles } from './certificate-files.ts'
import { makeCertificate } from './make-certificate.ts'
import { openSelfSigned } from './self-signed.ts'

const root = mkdtempSync(path.join(tmpdir(), 'gatehouse-tls-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0
const folder = () => path.join(root, `data-${++folders}`)

const NOW = Date.now()
const open = (dataDir: string, hosts = ['localhost', '127.0.0.1'], now = NOW) =>
  openSelfSigned({ dataDir, hosts, now, random: systemRandom })
const fingerprint = (source: TlsSource) => new X509Certificate(source.current().cert).fingerprint256
const refreshed = (source: TlsSource, now: number) => {
  const result = source.refresh(now)
  assert(result.ok)
  return result.value
}

/** What a client that trusts `ca` alone says to a server with this pair, asked for `servername`. */
const handshake = async (source: TlsSource, ca: string, servername: string): Promise<string> => {
  const { cert, key } = source.current()
  const server = createServer({ cert, key: reveal(key, 'listen in a test') }, (socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // Node takes a host, not a server name, to check an address by.
  const client = connect({ port, host: '127.0.0.1', ca, ...(/^[\d.:]+$/.test(servername) ? {} : { servername }) })
  try {
    await once(client, 'secureConnect')
    return client.getProtocol() ?? 'none'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    client.destroy()
    server.close()
  }
}

describe('the self-signed certificate', () => {
  it('is refused by a client that does not trust it, and for a name that it does not hold', async () => {
    const source = open(folder())
    assert.equal(await handshake(source, open(folder()).current().cert, 'localhost'), 'DEPTH_ZERO_SELF_SIGNED_CERT')
    assert.equal(await handshake(source, source.current().cert, 'auth.example.com'), 'ERR_TLS_CERT_ALTNAME_INVALID')
  })

  it('is accepted by a client that trusts it, for its names and addresses', async () => {
    const source = open(folder(), ['auth.example.com', '*.apps.example.com', 'localhost', '127.0.0.1'])
    const { cert } = source.current()
    for (const name of ['auth.example.com', 'wiki.apps.example.com', 'localhost', '127.0.0.1']) {
      assert.equal(await handshake(source, cert, name), 'TLSv1.3', name)
    }
  })

  it('has authority over nothing: a server certificate on P-256 for 397 days', () => {
    const certificate = new X509Certificate(open(folder()).current().cert)
    assert.equal(certificate.ca, false)
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    assert.equal(certificate.subject, certificate.issuer)
    assert.equal(certificate.verify(certificate.publicKey), true)
    assert.equal(certificate.validToDate.getTime() - certificate.validFromDate.getTime(), 397 * DAY)
    assert(certificate.validFromDate.getTime() <= NOW - HOUR + 1000)
  })

  it('holds names and addresses in every spelling, and those only', () => {
    const hosts = [
      'Auth.Example.com',
      'localhost',
      '192.168.1.20',
      '::1',
      '2001:db8::1',
      'fe80::1:2:3:4',
      '::ffff:10.0.0.1',
    ]
    const certificate = new X509Certificate(open(folder(), hosts).current().cert)
    assert.deepEqual(certificate.subjectAltName?.split(', '), [
      'DNS:auth.example.com',
      'DNS:localhost',
      'IP Address:192.168.1.20',
      'IP Address:0:0:0:0:0:0:0:1',
      'IP Address:2001:DB8:0:0:0:0:0:1',
      'IP Address:FE80:0:0:0:1:2:3:4',
      'IP Address:0:0:0:0:0:FFFF:A00:1',
    ])
    for (const host of hosts) {
      assert(certificate.checkHost(host) ?? certificate.checkIP(host), host)
    }
  })

  it('is not made for what is no host', () => {
    for (const host of ['', 'a b', 'https://a', 'a/b', 'a:443', 'ü.example', '-\0', 'x'.repeat(254), '*.', 'a..b']) {
      assert.throws(() => makeCertificate([host], NOW, systemRandom), /no host name/, host)
    }
  })

  it('has its own serial number and key each time, positive whatever chance gives', () => {
    const [one, two] = [makeCertificate(['a'], NOW, systemRandom), makeCertificate(['a'], NOW, systemRandom)]
    assert.notEqual(new X509Certificate(one.cert).serialNumber, new X509Certificate(two.cert).serialNumber)
    assert(!new X509Certificate(one.cert).publicKey.equals(new X509Certificate(two.cert).publicKey))
    for (const byte of [0x00, 0x80, 0xff]) {
      const { cert } = makeCertificate(['a'], NOW, (length) => new Uint8Array(length).fill(byte))
      assert.match(new X509Certificate(cert).serialNumber, /^[4-7][0-9A-F]{31}$/)
    }
  })

  it('writes years from 2050 on in four digits (RFC 5280 §4.1.2.5)', () => {
    const at = Date.UTC(2049, 11, 31, 23, 30)
    const { cert } = makeCertificate(['a'], at, systemRandom)
    assert.equal(new X509Certificate(cert).validFromDate.getTime(), at - HOUR)
    assert.equal(new X509Certificate(cert).validToDate.getTime(), at - HOUR + 397 * DAY)
  })

  it('identifies its key as RFC 7093 says', () => {
    const certificate = new X509Certificate(open(folder()).current().cert)
    const point = certificate.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65)
    const identifier = createHash('sha256').update(point).digest().subarray(0, 20)
    assert(certificate.raw.includes(Buffer.concat([Buffer.from([0x04, 20]), identifier])))
  })
})

describe('the file of the self-signed certificate', () => {
  it('is made readable by its owner only, and used from then on', () => {
    const dataDir = folder()
    const first = open(dataDir)
    assert.deepEqual(readdirSync(dataDir), ['self-signed.pem'])
    assert.equal(statSync(path.join(dataDir, 'self-signed.pem')).mode & 0o777, 0o600)
    assert.equal(fingerprint(open(dataDir)), fingerprint(first))
    assert.equal(reveal(open(dataDir).current().key, 'test'), reveal(first.current().key, 'test'))
    assert(!inspect(first.current()).includes('PRIVATE'))
  })

  it('is replaced when others could read the key', () => {
    const dataDir = folder()
    const first = open(dataDir)
    const file = path.join(dataDir, 'self-signed.pem')
    chmodSync(file, 0o640)
    assert.notEqual(fingerprint(open(dataDir)), fingerprint(first))
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('is replaced when it is damaged, empty, or of two halves', () => {
    const dataDir = folder()
    const file = path.join(dataDir, 'self-signed.pem')
    open(dataDir)
    const good = readFileSync(file, 'utf8')
    const other = makeCertificate(['localhost', '127.0.0.1'], NOW, systemRandom)
    for (const text of [
      '',
      'x',
      good.slice(0, 100),
      good.slice(0, good.indexOf('-----BEGIN CERT')),
      reveal(other.key, 'test') + good.slice(good.indexOf('-----BEGIN CERT')),
    ]) {
      writeFileSync(file, text)
      const source = open(dataDir)
      assert.equal(fingerprint(open(dataDir)), fingerprint(source))
      assert.notEqual(readFileSync(file, 'utf8'), text)
    }
  })

  it('is replaced when a name is asked for that it does not hold, and kept when one is no longer', () => {
    const dataDir = folder()
    const narrow = fingerprint(open(dataDir, ['localhost']))
    const wide = fingerprint(open(dataDir, ['localhost', 'auth.example.com', '10.0.0.1']))
    assert.notEqual(wide, narrow)
    assert.equal(fingerprint(open(dataDir, ['AUTH.example.com'])), wide)
    assert.equal(fingerprint(open(dataDir, ['10.0.0.1'])), wide)
    assert.notEqual(fingerprint(open(dataDir, ['*.example.com'])), wide)
  })

  it('that another process of the folder made for more names is taken over', () => {
    const dataDir = folder()
    const source = open(dataDir, ['localhost'])
    assert.equal(refreshed(source, NOW), false)
    const wider = fingerprint(open(dataDir, ['localhost', 'auth.example.com']))
    assert.equal(refreshed(source, NOW), true)
    assert.equal(fingerprint(source), wider)
    assert.equal(refreshed(source, NOW), false)
  })

  it('is renewed with less than 30 days left, at start and while running', () => {
    const dataDir = folder()
    const source = open(dataDir)
    const first = fingerprint(source)
    const end = source.current().notAfter
    assert.equal(refreshed(source, end - 30 * DAY), false)
    assert.equal(fingerprint(source), first)
    assert.equal(refreshed(source, end - 30 * DAY + 1), true)
    const second = fingerprint(source)
    assert.notEqual(second, first)
    // A second process of the same folder takes what the first one made.
    const late = open(dataDir, ['localhost'], end - 20 * DAY)
    assert.equal(fingerprint(late), second)
    assert.notEqual(fingerprint(open(dataDir, ['localhost'], late.current().notAfter - 29 * DAY)), second)
  })

  it('O08 is replaced when it was made under a clock that ran ahead', () => {
    const dataDir = folder()
    const ahead = fingerprint(open(dataDir, ['localhost'], NOW + 365 * DAY))
    assert.notEqual(fingerprint(open(dataDir, ['localhost'], NOW)), ahead)
  })
})

describe('certificate files', () => {
  const write = (name: string, text: string) => {
    const file = path.join(root, name)
    writeFileSync(file, text)
    return file
  }
  const made = makeCertificate(['auth.example.com'], NOW, systemRandom)
  const key = write('given.key', reveal(made.key, 'test'))
  const cert = write('given.pem', made.cert)
  const message = (files: { cert: string; key: string }) => {
    const opened = openCertificateFiles(files)
    assert(!opened.ok)
    return opened.error.message
  }

  it('are one plain sentence where they are missing, no PEM, locked, or do not belong together', () => {
    const other = write('other.key', reveal(makeCertificate(['a'], NOW, systemRandom).key, 'test'))
    const locked = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const lockedFile = write(
      'locked.key',
      locked.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
    )
    const missing = path.join(root, 'missing.pem')
    assert.equal(message({ cert: missing, key }), `The file ${missing} cannot be read (ENOENT).`)
    assert.equal(message({ cert, key: missing }), `The file ${missing} cannot be read (ENOENT).`)
    assert.equal(message({ cert: key, key }), `The file ${key} holds no certificate in PEM form.`)
    assert.equal(message({ cert, key: other }), `The file ${cert} is not of the private key beside it.`)
    for (const wrong of [cert, lockedFile]) {
      assert.match(message({ cert, key: wrong }), /has no private key beside it in PEM form without a passphrase\.$/)
    }
  })

  it('serve a chain as it is given', async () => {
    const chain = write('chain.pem', made.cert + makeCertificate(['issuer'], NOW, systemRandom).cert)
    const opened = openCertificateFiles({ cert: chain, key })
    assert(opened.ok)
    assert.equal(opened.value.current().cert, readFileSync(chain, 'utf8'))
    assert.equal(await handshake(opened.value, made.cert, 'auth.example.com'), 'TLSv1.3')
  })

  it('are read again, and kept as they were while they are half written', () => {
    const files = { cert: write('live.pem', made.cert), key: write('live.key', reveal(made.key, 'test')) }
    const opened = openCertificateFiles(files)
    assert(opened.ok)
    assert.equal(refreshed(opened.value, NOW), false)

    const next = makeCertificate(['auth.example.com'], NOW + DAY, systemRandom)
    writeFileSync(files.cert, next.cert)
    const half = opened.value.refresh(NOW)
    assert(!half.ok)
    assert.equal(opened.value.current().cert, made.cert)

    writeFileSync(files.key, reveal(next.key, 'test'))
    assert.equal(refreshed(opened.value, NOW), true)
    assert.equal(opened.value.current().cert, next.cert)
  })

  it('are taken when expired, and say until when they were good', () => {
    const old = makeCertificate(['a'], NOW - 500 * DAY, systemRandom)
    const opened = openCertificateFiles({
      cert: write('old.pem', old.cert),
      key: write('old.key', reveal(old.key, 'test')),
    })
    assert(opened.ok)
    assert(opened.value.current().notAfter < NOW)
  })
})
