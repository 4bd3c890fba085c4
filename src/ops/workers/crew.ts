/**
 * The workers of one house: who runs, who comes back when, and when to give up. Each has a number for good, its place;
 * whoever fills the first one leads. Processes and time come in as arguments.
 */
import { type Clock, MINUTE, SECOND } from '../../base/clock.ts'
import type { Timers } from '../../base/timers.ts'
import { DISK_FAILED } from '../../store/disk-failed.ts'
import type { ToPrimary, ToWorker } from './messages.ts'
import { restartDelay } from './restart-delay.ts'

export type WorkerProcess = { send(message: ToWorker): void; kill(): void }

/** How a process ended: with this code, or by this signal. */
export type Ending = { readonly code: number | null; readonly signal: string | null }

/** Starts a process; calls `heard` for each of its messages, and `ended` once. */
export type Spawn = (heard: (message: ToPrimary) => void, ended: (how: Ending) => void) => WorkerProcess

export type Member = { readonly worker: number; readonly process: WorkerProcess; readonly ready: boolean }

export type Crew = {
  /** Resolves when the house cannot go on, with the reason in one plain sentence. The workers that are left run on. */
  readonly over: Promise<string>
  /** The processes that run now; a place whose worker is to come back has none. */
  members(): readonly Member[]
  /** Tells all to stop; resolves once they have. */
  stop(): Promise<void>
  /** Ends all at once. */
  end(): void
}

export type CrewSettings = {
  readonly size: number
  readonly spawn: Spawn
  /** These must keep the process alive: it waits for a worker's time to come back. */
  readonly timers: Timers
  readonly clock: Clock
  readonly log: {
    info(message: string, detail: object): void
    warn(message: string, detail: object): void
  }
  /** What a worker told or asked that is not about its own life. */
  heard(member: Member, message: Extract<ToPrimary, { say: 'told' }>): void
  /** Its last figures are all there will be. */
  left(member: Member): void
}

type Running = { worker: number; process: WorkerProcess; ready: boolean; since: number; why: string | null }
type Place = { readonly worker: number; running: Running | null; deaths: number; callOff: () => void }

// A house none of whose workers stands is broken when it has just been started, and in trouble later on.
const START = 30 * SECOND
/** Whoever lived that long had no part in the deaths before. */
const HEALTHY = MINUTE

/** Starts the first worker, and the others once it stands. */
export const startCrew = (settings: CrewSettings): Crew => {
  const { size, spawn, timers, clock, log } = settings
  const places: Place[] = Array.from({ length: size }, (_, index) => emptyPlace(index + 1))
  const startedAt = clock.now()
  let opened = false
  let stopping = false
  let giveUp = (_reason: string): void => {}
  let allEnded = (): void => {}
  const over = new Promise<string>((resolve) => {
    giveUp = resolve
  })

  const running = (): Running[] => places.flatMap((place) => place.running ?? [])
  const toOthers = (one: Running, message: ToWorker): void => {
    for (const other of running()) if (other !== one) other.process.send(message)
  }

  const becomeReady = (one: Running): void => {
    one.ready = true
    log.info('a worker is ready', { worker: one.worker })
    if (opened) return
    opened = true
    if (!stopping) for (const place of places.slice(1)) launch(place)
  }

  const hear = (one: Running, message: ToPrimary): void => {
    const { worker, process } = one
    if (message.say === 'here') process.send({ say: 'begin', worker, leads: worker === 1, greets: !opened })
    // One that was started as the others were told to stop.
    if (message.say === 'here' && stopping) process.send({ say: 'stop' })
    if (message.say === 'ready') becomeReady(one)
    if (message.say === 'failed') one.why = message.message
    if (message.say === 'changed') toOthers(one, message)
    if (message.say === 'told') settings.heard(one, message)
  }

  /** Why the house cannot go on without this one; null where it can. */
  const reasonToGiveUp = (one: Running, how: Ending): string | null => {
    if (!opened) return one.why ?? `The first worker ended while it started (${spell(how)}).`
    if (how.code === DISK_FAILED) return 'A worker could not write to the disk; the others share what it wrote to.'
    const early = clock.now() - startedAt < START
    if (early && running().length === 0) return `Every worker ended within seconds of the start (${spell(how)}).`
    return null
  }

  const bury = (place: Place, one: Running, how: Ending): void => {
    place.running = null
    settings.left(one)
    if (stopping) {
      if (running().length === 0) allEnded()
      return
    }
    const reason = reasonToGiveUp(one, how)
    if (reason !== null) {
      stopping = true
      giveUp(reason)
      return
    }
    // It may have died between a commit and telling of it.
    toOthers(one, { say: 'changed' })
    place.deaths = clock.now() - one.since < HEALTHY ? place.deaths + 1 : 1
    const delay = restartDelay(place.deaths)
    log.warn('a worker ended and will be started again', {
      worker: one.worker,
      ...how,
      ...(one.why === null ? {} : { why: one.why }),
      after: delay,
    })
    place.callOff = timers.after(delay, () => launch(place))
  }

  const launch = (place: Place): void => {
    const one: Running = { worker: place.worker, process: NOBODY, ready: false, since: clock.now(), why: null }
    place.running = one
    one.process = spawn(
      (message) => hear(one, message),
      (how) => bury(place, one, how),
    )
  }

  for (const first of places.slice(0, 1)) launch(first)
  return {
    over,
    members: running,
    stop: () =>
      new Promise((resolve) => {
        stopping = true
        allEnded = resolve
        for (const place of places) place.callOff()
        for (const { process } of running()) process.send({ say: 'stop' })
        if (running().length === 0) resolve()
      }),
    end: () => {
      stopping = true
      for (const place of places) place.callOff()
      for (const { process } of running()) process.kill()
    },
  }
}

const emptyPlace = (worker: number): Place => ({ worker, running: null, deaths: 0, callOff: () => {} })

/** Until `spawn` has answered. */
const NOBODY: WorkerProcess = { send: () => {}, kill: () => {} }

const spell = ({ code, signal }: Ending): string => (signal === null ? `exit code ${code}` : `signal ${signal}`)
