/**
 * The container image without a container engine: its files as the Dockerfile puts them, and a cage to run its command
 * in (a mount namespace whose root cannot be written but for /data and /tmp, and uid 1000 with no capability).
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

const root = path.resolve(import.meta.dirname, '../..')

type Instruction = { readonly word: string; readonly rest: string }

/** The stages of the Dockerfile, each a list of instructions. */
const stages = (): Instruction[][] => {
  const text = readFileSync(path.join(root, 'Dockerfile'), 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
  const instructions = [...text.matchAll(/^([A-Z]+)\s+(.+)$/gm)].map(([, word = '', rest = '']) => ({ word, rest }))
  const found: Instruction[][] = []
  for (const one of instructions) {
    if (one.word === 'FROM') found.push([])
    else found.at(-1)?.push(one)
  }
  return found
}

const isTaken = ({ word, rest }: Instruction): boolean => word === 'COPY' && !rest.startsWith('--from')

const ignored = (file: string): boolean => file.endsWith('.test.ts')

/** Copies as `COPY a b target` does: a folder's content into the target, files into it. */
const copy = (rest: string, appFolder: string, imageRoot: string): void => {
  const words = rest.split(/\s+/)
  const target = words.pop() ?? ''
  const into = path.isAbsolute(target) ? path.join(imageRoot, target) : path.resolve(appFolder, target)
  for (const word of words) {
    const from = path.join(root, word)
    const intoFolder = lstatSync(from).isDirectory() || !target.endsWith('/')
    const to = intoFolder ? into : path.join(into, path.basename(word))
    cpSync(from, target === './' ? path.join(appFolder, path.basename(word)) : to, {
      recursive: true,
      filter: (file) => !ignored(file),
    })
  }
}

/** Copies as `COPY --from=build /app/a a` does. */
const copyBuilt = (rest: string, stage: string, appFolder: string): void => {
  const [, from = '', to = ''] = rest.split(/\s+/)
  cpSync(path.join(stage, from), path.join(appFolder, to), { recursive: true })
}

export type Image = {
  /** What the Dockerfile takes from the project's folder. */
  readonly taken: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
  /** Runs a command in the cage. `data` is what is mounted at /data. */
  run(command: readonly string[], data: string, environment?: Readonly<Record<string, string>>): ChildProcess
}

const list = (instructions: readonly Instruction[], word: string): string[] => {
  const rest = instructions.find((one) => one.word === word)?.rest ?? '[]'
  return JSON.parse(rest.slice(rest.indexOf('[')))
}

const environmentOf = (instructions: readonly Instruction[]): Record<string, string> =>
  Object.fromEntries(
    instructions
      .filter(({ word }) => word === 'ENV')
      .flatMap(({ rest }) => rest.trim().split(/\s+/))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )

// The host's programs stand in for the base image's; what the image brings itself lies over them.
const CAGE = `
  set -e
  mount --bind "$IMAGE" "$IMAGE"
  mount --rbind -o ro /usr "$IMAGE/usr"
  mount -t tmpfs none "$IMAGE/usr/local"
  mkdir -p "$IMAGE/usr/local/bin"
  cp "$NODE" "$IMAGE/usr/local/bin/node"
  cp "$IMAGE/opt/gatehouse" "$IMAGE/usr/local/bin/gatehouse"
  mount -o remount,ro "$IMAGE/usr/local"
  mount --bind -o ro /etc "$IMAGE/etc"
  mount --rbind /dev "$IMAGE/dev"
  mount --rbind /proc "$IMAGE/proc"
  mount -t tmpfs -o mode=1777 none "$IMAGE/tmp"
  mount --bind "$DATA" "$IMAGE/data"
  mount -o remount,bind,ro "$IMAGE"
  unset NODE DATA
  exec env -u IMAGE chroot "$IMAGE" setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all --no-new-privs -- \
    sh -c 'cd /app && exec "$@"' sh "$@"
`

/** Lays the image out in a folder of its own; builds what its first stage builds. */
export const layOutImage = (context: Pick<TestContext, 'after'>): Image => {
  const [build = [], final = []] = stages()
  const image = mkdtempSync(path.join(tmpdir(), 'image-'))
  context.after(() => rmSync(image, { recursive: true, force: true }))
  chmodSync(image, 0o755)
  const app = path.join(image, 'app')
  for (const folder of ['app', 'usr', 'etc', 'dev', 'proc', 'tmp', 'data', 'opt']) mkdirSync(path.join(image, folder))
  for (const link of ['bin', 'sbin', 'lib', 'lib64']) {
    if (lstatSync(`/${link}`, { throwIfNoEntry: false })) execFileSync('cp', ['-P', `/${link}`, image])
  }
  const stage = mkdtempSync(path.join(tmpdir(), 'image-build-'))
  context.after(() => rmSync(stage, { recursive: true, force: true }))
  for (const { word, rest } of build) {
    if (word === 'COPY') copy(rest, path.join(stage, 'app'), stage)
    if (word === 'RUN') {
      const env = { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env.PATH}` }
      execFileSync('sh', ['-ec', rest], { cwd: path.join(stage, 'app'), env, stdio: ['ignore', 'ignore', 'inherit'] })
    }
  }
  for (const { word, rest } of final) {
    if (isTaken({ word, rest })) copy(rest.replace('/usr/local/bin/', '/opt/'), app, image)
    else if (word === 'COPY') copyBuilt(rest, stage, app)
  }
  const environment = environmentOf(final)
  return {
    taken: [...build, ...final].filter(isTaken).flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1)),
    environment,
    entrypoint: list(final, 'ENTRYPOINT'),
    command: list(final, 'CMD'),
    healthcheck: list(final, 'HEALTHCHECK'),
    run: (command, data, more = {}) => {
      chownSync(data, 1000, 1000)
      return spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', CAGE, 'cage', ...command], {
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
          ...environment,
          ...more,
          IMAGE: image,
          DATA: data,
          NODE: process.execPath,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
    },
  }
}
