/**
 * Live reload: applies the configuration files when they change, and once at the start. A broken file changes nothing:
 * every issue goes to the log, and one event tells of it however often it is read again. What would take much away is
 * refused here; that needs `gatehouse apply --yes`.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import path from 'node:path'
import { sha256 } from '../../base/bytes.ts'
import type { Timers } from '../../base/timers.ts'
import type { Actor } from '../../events/event.ts'
import type { ConfigurationFiles, FilesFailure } from './configuration-files.ts'
import { spellIssue } from './file-issue.ts'
import type { FilesDeps } from './files-deps.ts'
import { type Plan, spellPlan, summaryOf } from './plan.ts'

export type WatchSettings = {
  readonly location: string
  readonly files: ConfigurationFiles
  readonly deps: Pick<FilesDeps, 'store' | 'record'>
  /** How long the files must rest; an editor writes in several steps. */
  readonly restMs: number
  readonly timers: Timers
  log(level: 'info' | 'error', message: string): void
}

export type WatchedConfiguration = {
  /** Reads and applies now; resolves once that is done. */
  reload(): Promise<Reloaded>
  close(): Promise<void>
}

export type Reloaded =
  | { readonly outcome: 'applied'; readonly plan: Plan }
  | { readonly outcome: 'refused'; readonly failure: FilesFailure }

const ACTOR: Actor = { kind: 'system', name: 'configuration' }

export const watchConfiguration = (settings: WatchSettings): WatchedConfiguration => {
  let closed = false
  let callOff: (() => void) | null = null
  // One after the other: a change during an apply is read once that is over.
  let running: Promise<unknown> = Promise.resolve()

  const reload = (): Promise<Reloaded> => {
    const next = running.then(() => reloadOnce(settings))
    running = next.catch(() => undefined).finally(() => closed || watcher.refresh())
    return next
  }
  const touched = (): void => {
    if (closed) return
    callOff?.()
    callOff = settings.timers.after(settings.restMs, () => {
      reload().catch((error: unknown) =>
        settings.log('error', `The configuration could not be applied: ${String(error)}`),
      )
    })
  }
  const watcher = watchFolders(settings, touched)
  watcher.refresh()
  return {
    reload,
    close: async () => {
      closed = true
      callOff?.()
      watcher.close()
      await running
    },
  }
}

/**
 * Watches folders, not files: editors and Kubernetes put a new file in the old one's place. Each folder by itself, since
 * Node's recursive watching does not see that a link was turned.
 */
const watchFolders = ({ location, log }: WatchSettings, touched: () => void) => {
  const root = path.resolve(location)
  const watchers = new Map<string, FSWatcher>()
  const open = (folder: string, concerns: (name: string) => boolean): void => {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name === null || concerns(name)) touched()
    })
    watcher.on('error', (error) => {
      log('error', `${folder} is no longer watched: ${error.message}`)
      watcher.close()
      watchers.delete(folder)
    })
    watchers.set(folder, watcher)
  }
  /** Folders come and go; asked after each reading. */
  const refresh = (): void => {
    try {
      const isFolder = statSync(root).isDirectory()
      const folders = new Set(isFolder ? [root, ...foldersBelow(root)] : [path.dirname(root)])
      const concerns = isFolder ? isOfFolder : (name: string) => name === path.basename(root) || name.startsWith('..')
      const added = [...folders].filter((folder) => !watchers.has(folder))
      for (const folder of added) open(folder, concerns)
      // What was written between the reading and the watching is read once more.
      if (added.length > 0) touched()
      for (const [folder, watcher] of watchers) {
        if (folders.has(folder)) continue
        watcher.close()
        watchers.delete(folder)
      }
    } catch (error) {
      // A file that is gone for a moment; its folder is watched on.
      const code = (error as NodeJS.ErrnoException).code
      if (watchers.size === 0) log('error', `${location} cannot be watched (${code}); changes need a restart.`)
    }
  }
  const close = (): void => {
    for (const watcher of watchers.values()) watcher.close()
    watchers.clear()
  }
  return { refresh, close }
}

/** A YAML file, a folder that came or went, or `..data`, the link that Kubernetes turns when a ConfigMap changes. */
const isOfFolder = (name: string): boolean => /\.ya?ml$/i.test(name) || name.startsWith('..') || !name.includes('.')

const foldersBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (folder) =>
        !path
          .relative(root, folder)
          .split(path.sep)
          .some((step) => step.startsWith('.')),
    )

const reloadOnce = async (settings: WatchSettings): Promise<Reloaded> => {
  const { files, location, log } = settings
  const read = files.read(location)
  const applied = read.ok ? await files.apply(read.value, { actor: ACTOR, yes: false }) : read
  if (!applied.ok) {
    log('error', applied.error.message)
    for (const issue of applied.error.issues) log('error', spellIssue(issue))
    if (applied.error.plan) log('error', spellPlan(applied.error.plan))
    await noteRefused(settings, applied.error)
    return { outcome: 'refused', failure: applied.error }
  }
  const plan = applied.value
  if (plan.changes.length > 0) log('info', `The configuration was applied. ${summaryOf(plan)}`)
  await forgetRefused(settings)
  return { outcome: 'applied', plan }
}

const REFUSED = 'configuration_refused'
const MOST_ISSUES = 10

/** One event for one refusal, over restarts and replicas. */
const noteRefused = ({ deps }: WatchSettings, failure: FilesFailure): Promise<void> => {
  const issues = failure.issues.map(spellIssue)
  const mark = sha256(JSON.stringify([failure.code, failure.message, issues])).toString('base64url')
  return deps.store.write(async (tx) => {
    if ((await deps.store.instance.get(tx, REFUSED)) === mark) return
    await deps.store.instance.set(tx, REFUSED, mark)
    const more = issues.length > MOST_ISSUES ? { more: issues.length - MOST_ISSUES } : {}
    const detail = { code: failure.code, message: failure.message, issues: issues.slice(0, MOST_ISSUES), ...more }
    await deps.record(tx, { type: 'configuration.refused', actor: ACTOR, target: 'configuration', detail })
  })
}

const forgetRefused = async ({ deps }: WatchSettings): Promise<void> => {
  if ((await deps.store.instance.get(deps.store.read, REFUSED)) === undefined) return
  await deps.store.write((tx) => deps.store.instance.remove(tx, REFUSED))
}
