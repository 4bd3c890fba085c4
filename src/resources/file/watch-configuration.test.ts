import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type FilesWorld, filesWorld } from '../../../test/support/files-world.ts'
import { forEachEngine } from '../../../test/support/stores.ts'
import { systemTimers } from '../../base/timers.ts'
import { type WatchedConfiguration, watchConfiguration } from './watch-configuration.ts'

type Watched = WatchedConfiguration & {
  readonly said: string[]
  /** Resolves once something matching is said, or was already. */
  says(pattern: RegExp): Promise<void>
}

const watched = (world: FilesWorld, location: string): Watched => {
  const said: string[] = []
  const waiting = new Set<() => void>()
  const watcher = watchConfiguration({
    location,
    files: world.files,
    deps: world.deps,
    timers: systemTimers,
    restMs: 20,
    log: (_, message) => {
      said.push(message)
      for (const look of waiting) look()
    },
  })
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      // A safety net for what is never said; nothing is measured by it.
      const deadline = setTimeout(() => reject(new Error(`never said ${pattern}: ${said.join(' | ')}`)), 20_000)
      const look = () => {
        if (!said.some((line) => pattern.test(line))) return
        clearTimeout(deadline)
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { ...watcher, said, says }
}

const forEach = (title: string, body: (world: FilesWorld) => Promise<void>) =>
  forEachEngine(title, async (open) => {
    const world = await filesWorld(await open())
    try {
      await body(world)
    } finally {
      world.remove()
    }
  })

const exists = async (world: FilesWorld, username: string): Promise<boolean> =>
  (await world.store.users.byUsername(world.store.read, username))?.active === true

forEach('applies the file at the start and again when it changes', async (world) => {
  const watcher = watched(world, world.write('users:\n  ana: {}\n  cleo: {}\n'))
  assert.equal((await watcher.reload()).outcome, 'applied')
  assert.ok(await exists(world, 'ana'))
  world.write('users:\n  ana: {}\n  ben: {}\n  cleo: {}\n')
  await watcher.says(/1 to create/)
  assert.ok(await exists(world, 'ben'))
  await watcher.close()
})

forEach('follows a file that an editor puts in the old one’s place', async (world) => {
  const watcher = watched(world, world.write('users:\n  ana: {}\n'))
  await watcher.reload()
  const beside = path.join(world.folder, 'gatehouse.yaml~')
  writeFileSync(beside, 'users:\n  ana: { name: Anna }\n')
  renameSync(beside, path.join(world.folder, 'gatehouse.yaml'))
  await watcher.says(/1 to update/)
  await watcher.close()
})

forEach('follows a folder whose link Kubernetes turns', async (world) => {
  const root = mkdtempSync(path.join(tmpdir(), 'configmap-'))
  for (const [version, text] of Object.entries({
    one: 'users: { ana: {}, cleo: {} }\n',
    two: 'users: { ana: {}, ben: {}, cleo: {} }\n',
  })) {
    mkdirSync(path.join(root, `..${version}`))
    writeFileSync(path.join(root, `..${version}`, 'people.yaml'), text)
  }
  symlinkSync('..one', path.join(root, '..data'))
  symlinkSync('..data/people.yaml', path.join(root, 'people.yaml'))
  const watcher = watched(world, root)
  assert.equal((await watcher.reload()).outcome, 'applied')
  symlinkSync('..two', path.join(root, '..data_tmp'))
  renameSync(path.join(root, '..data_tmp'), path.join(root, '..data'))
  await watcher.says(/1 to create/)
  assert.ok(await exists(world, 'ben'))
  await watcher.close()
  rmSync(root, { recursive: true })
})

forEach('follows a folder that is made later', async (world) => {
  world.write('users: { ana: {}, cleo: {} }\n')
  const watcher = watched(world, world.folder)
  await watcher.reload()
  mkdirSync(path.join(world.folder, 'more'))
  writeFileSync(path.join(world.folder, 'more', 'ben.yaml'), 'users: { ben: {} }\n')
  await watcher.says(/1 to create/)
  writeFileSync(path.join(world.folder, 'more', 'ben.yaml'), 'users: { ben: { name: Ben } }\n')
  await watcher.says(/1 to update/)
  await watcher.close()
})

forEach('a broken file changes nothing, is told in full, and is recorded once', async (world) => {
  const watcher = watched(world, world.write('users:\n  ana: {}\n'))
  await watcher.reload()
  world.write('users:\n  ana: { nmae: A }\n  ben: { gruops: [] }\n')
  assert.equal((await watcher.reload()).outcome, 'refused')
  assert.equal((await watcher.reload()).outcome, 'refused')
  assert.ok(watcher.said.some((line) => line.includes('users.ana.nmae: unknown key; did you mean "name"?')))
  assert.ok(watcher.said.some((line) => line.includes('users.ben.gruops: unknown key; did you mean "groups"?')))
  assert.ok(await exists(world, 'ana'))
  assert.ok(!(await exists(world, 'ben')))
  const refused = await world.events('configuration.refused')
  assert.equal(refused.length, 1)
  assert.match(JSON.stringify(refused[0]?.detail?.issues), /gatehouse\.yaml:2:10/)
  world.write('users:\n  ana: {}\n')
  assert.equal((await watcher.reload()).outcome, 'applied')
  world.write('users:\n  ana: { nmae: A }\n  ben: { gruops: [] }\n')
  await watcher.reload()
  assert.equal((await world.events('configuration.refused')).length, 2)
  await watcher.close()
})

forEach('a file that is gone changes nothing', async (world) => {
  const file = world.write('users:\n  ana: {}\n')
  const watcher = watched(world, file)
  await watcher.reload()
  rmSync(file)
  assert.equal((await watcher.reload()).outcome, 'refused')
  assert.ok(await exists(world, 'ana'))
  await watcher.close()
})

forEach('a reload refuses to take much away; that needs a person to say yes', async (world) => {
  const people = (count: number) => `users:\n${Array.from({ length: count }, (_, at) => `  user-${at}: {}\n`).join('')}`
  const watcher = watched(world, world.write(people(8)))
  await watcher.reload()
  world.write('')
  const reloaded = await watcher.reload()
  assert.equal(reloaded.outcome === 'refused' && reloaded.failure.code, 'needs_yes')
  assert.ok(await exists(world, 'user-7'))
  await watcher.close()
})

forEach('once closed, it touches nothing any more', async (world) => {
  const watcher = watched(world, world.write('users:\n  ana: {}\n'))
  await watcher.reload()
  await watcher.close()
  world.write('users:\n  ana: {}\n  ben: {}\n')
  assert.ok(!(await exists(world, 'ben')))
})
