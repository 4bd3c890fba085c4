/**
 * A real JupyterHub with its real proxy, configured by the Python of docs/guides/jupyterhub.md as it is printed there;
 * only the addresses are this machine's. What a test needs besides (ports, a folder, a token that may look) is added
 * after it.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { freePort, root } from '../../support/gatehouse.ts'
import type { Client } from '../install-client.ts'

export type Hub = {
  readonly url: string
  /** What the hub knows of a person; null for nobody. */
  user(name: string): Promise<{ name: string; admin: boolean; groups: string[] } | null>
}

const STARTS_WITHIN = 90_000

/** The one block of this language in the guide, with this machine's addresses. */
export const guide = (language: 'yaml' | 'python', addresses: { gatehouse: string; hub: string }): string => {
  const text = readFileSync(path.join(root, 'docs', 'guides', 'jupyterhub.md'), 'utf8')
  const [, block] = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text) ?? []
  if (block === undefined) throw new Error(`the guide holds no ${language}`)
  return block
    .replaceAll('https://auth.example.com', addresses.gatehouse)
    .replaceAll('https://hub.example.com', addresses.hub)
}

export const startHub = async (
  context: Pick<TestContext, 'after'>,
  client: Client,
  options: { gatehouse: string; port: number; secret: string },
): Promise<Hub> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-hub-'))
  const url = `http://localhost:${options.port}`
  const token = randomBytes(24).toString('hex')
  const [hubPort, proxyPort] = [await freePort(), await freePort()]
  const file = path.join(folder, 'jupyterhub_config.py')
  writeFileSync(
    file,
    `${guide('python', { gatehouse: options.gatehouse, hub: url })}
c.JupyterHub.bind_url = "${url}"
c.JupyterHub.hub_port = ${hubPort}
c.ConfigurableHTTPProxy.api_url = "http://localhost:${proxyPort}"
c.ConfigurableHTTPProxy.command = [${JSON.stringify(process.execPath)}, ${JSON.stringify(path.join(client.npmBin, 'configurable-http-proxy'))}]
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.default_url = "/hub/home"
c.JupyterHub.services = [{"name": "looker", "api_token": "${token}"}]
c.JupyterHub.load_roles = [{"name": "looker", "scopes": ["read:users"], "services": ["looker"]}]
# The guide says five minutes; nobody waits for a test that long.
oauth.auth_refresh_age = 1
`,
  )
  const child = spawn(path.join(client.bin, 'jupyterhub'), ['--config', file], {
    cwd: folder,
    env: {
      PATH: `${client.bin}:${process.env.PATH ?? ''}`,
      HOME: folder,
      JUPYTERHUB_SECRET: options.secret,
      JUPYTERHUB_CRYPT_KEY: randomBytes(32).toString('hex'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  context.after(async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  await new Promise<void>((resolve, reject) => {
    let output = ''
    const deadline = setTimeout(() => reject(new Error(`the hub never started:\n${output}`)), STARTS_WITHIN)
    const take = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (!output.includes('JupyterHub is now running')) return
      clearTimeout(deadline)
      resolve()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('exit', () => {
      clearTimeout(deadline)
      reject(new Error(`the hub ended:\n${output}`))
    })
  })
  return {
    url,
    user: async (name) => {
      const answer = await fetch(`${url}/hub/api/users/${name}`, { headers: { authorization: `token ${token}` } })
      // The shape is JupyterHub's (its REST API, "users"); the tests check what they use of it.
      return answer.status === 200
        ? ((await answer.json()) as { name: string; admin: boolean; groups: string[] })
        : null
    },
  }
}
