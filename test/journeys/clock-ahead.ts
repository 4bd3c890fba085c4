/**
 * Loaded before the server (`NODE_OPTIONS=--import`): its clock goes ahead by the milliseconds that the file named by
 * `CLOCK_AHEAD_FILE` holds at start, so that half an hour passes over a restart.
 */
import { existsSync, readFileSync } from 'node:fs'

const file = process.env.CLOCK_AHEAD_FILE ?? ''
const ahead = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
const now = Date.now
Date.now = () => now() + ahead
