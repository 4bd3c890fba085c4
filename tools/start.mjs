/** `npm start`: serves, from a fresh clone as from an old one. */
import { gatehouse } from './launch/gatehouse.mjs'

await gatehouse(['serve', ...process.argv.slice(2)])
