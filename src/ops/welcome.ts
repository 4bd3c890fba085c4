/** What `npm start` prints: where to go, and at first the one-time link to set up with. */
import type { House } from './open-house.ts'
import { version } from './version.ts'

export type Welcome = { readonly version: string; readonly address: string; readonly setupLink: string | null }

export const welcome = async (house: House, ports: { http?: number; https?: number }): Promise<Welcome> => {
  const { publicUrl } = await house.instance.current()
  const fallback = ports.http === undefined ? `https://localhost:${ports.https}` : `http://localhost:${ports.http}`
  const address = `${house.config.publicUrl ?? publicUrl ?? fallback}${house.config.webPath}`
  const link = await house.firstRun.newLink()
  return { version, address, setupLink: link && `${address}if/flow/initial-setup/?token=${link}` }
}

export const announce = (print: (text: string) => void, { version: number, address, setupLink }: Welcome): void => {
  print(`Gatehouse ${number} is ready at ${address}`)
  if (!setupLink) return
  print('')
  print('Nobody is set up yet. Open this link once to make the first administrator:')
  print(`  ${setupLink}`)
  print('Reaching this machine under another name? Use that name in the link; the first one used becomes its address.')
}
