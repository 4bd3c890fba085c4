import assert from 'node:assert/strict'
import { byFile, type FilesWorld, filesWorld } from '../../test/support/files-world.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { apply } from './apply.ts'
import { exportTo } from './export.ts'
import { plan } from './plan.ts'

type Words = readonly string[]

/** A shell over one instance: each command answers its exit code and what it said. */
const forEach = (title: string, body: (shell: Shell, world: FilesWorld) => Promise<void>) =>
  forEachEngine(title, async (open) => {
    const world = await filesWorld(await open())
    const run = async (command: typeof plan, args: Words) => {
      const lines: string[] = []
      const errors: string[] = []
      const out = { line: (text: string) => lines.push(text), error: (text: string) => errors.push(text) }
      const context = { files: world.files, deps: world.deps, configPath: null, actor: byFile }
      const code = await command(context, args, out)
      return { code, said: lines.join('\n'), complained: errors.join('\n') }
    }
    try {
      await body(
        {
          plan: (...args) => run(plan, args),
          apply: (...args) => run(apply, args),
          export: (...args) => run(exportTo, args),
        },
        world,
      )
    } finally {
      world.remove()
    }
  })

type Ran = Promise<{ readonly code: number; readonly said: string; readonly complained: string }>
type Shell = Readonly<Record<'plan' | 'apply' | 'export', (...args: Words) => Ran>>

const people = (count: number) => `users:\n${Array.from({ length: count }, (_, at) => `  user-${at}: {}\n`).join('')}`

forEach('plan shows the difference, apply makes it, and then there is none', async (shell, world) => {
  const file = world.write('users:\n  ana: { name: Ana }\n')
  assert.deepEqual(await shell.plan(file), {
    code: 0,
    said: '+ users/ana\n1 to create, 0 to update, 0 to rename, 0 to delete, 0 to disable.',
    complained: '',
  })
  assert.equal((await shell.apply(file, '--why', 'the first person')).code, 0)
  assert.equal((await shell.plan(file)).said, 'Nothing to change.')
  const [applied] = await world.events('configuration.applied')
  assert.equal(applied?.detail?.why, 'the first person')
})

forEach(
  'issues are told with file, line and column, and the exit code says that nothing was done',
  async (shell, world) => {
    const file = world.write('users:\n  ana: { nmae: Ana }\n')
    for (const command of [shell.plan, shell.apply]) {
      const { code, complained } = await command(file)
      assert.equal(code, 1)
      assert.match(complained, /^gatehouse\.yaml:2:10: users\.ana\.nmae: unknown key; did you mean "name"\?$/m)
    }
  },
)

forEach('an apply that would take much away shows what, and asks for --yes', async (shell, world) => {
  assert.equal((await shell.apply(world.write(people(5)))).code, 0)
  const file = world.write(people(2))
  assert.match((await shell.plan(file)).said, /3 of 5 managed things would go: an apply needs --yes/)
  const refused = await shell.apply(file)
  assert.equal(refused.code, 1)
  assert.match(refused.said, /! users\/user-4 \(disabled\)/)
  assert.match(refused.complained, /--yes/)
  assert.equal((await shell.apply(file, '--yes')).code, 0)
})

forEach('export prints what apply takes', async (shell, world) => {
  assert.equal((await shell.apply(world.write(people(3)))).code, 0)
  const exported = await shell.export()
  assert.equal(exported.code, 0)
  const file = world.write(`${exported.said}\n`)
  assert.equal((await shell.apply(file)).code, 0)
  assert.equal((await shell.export()).said, exported.said)
  assert.match((await shell.export('--secrets', 'sealed')).said, /guard it as a backup/)
})

forEach('a command that was asked wrongly says how it is called', async (shell) => {
  for (const ran of [
    shell.plan(),
    shell.apply('a', 'b'),
    shell.plan('--yes'),
    shell.export('--secrets', 'plain'),
    shell.export('x'),
  ]) {
    const { code, complained } = await ran
    assert.equal(code, 2)
    assert.match(complained, /Usage: gatehouse/)
  }
})

forEach('L09 names of the configuration reach the terminal without control characters', async (shell, world) => {
  const file = world.write('users:\n  ana: { attributes: { note: "\\e[31mred\\u0007" } }\n')
  assert.equal((await shell.apply(file)).code, 0)
  const changed = world.write('users:\n  ana: { attributes: { note: "\\e[32mgreen" } }\n')
  const { said } = await shell.plan(changed)
  assert.match(said, /green/)
  assert.ok(![...said].some((char) => char !== '\n' && char.charCodeAt(0) < 32))
  const key = world.write('users:\n  ana: { attributes: { "a\\e[31mb": 1 } }\n')
  const planned = await shell.plan(key)
  assert.ok(![...planned.said, ...planned.complained].some((char) => char !== '\n' && char.charCodeAt(0) < 32))
})
