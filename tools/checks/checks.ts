/** Every check of the source tree, in the order in which they run: what fails fastest and most often first. */
import type { Check } from './check.ts'
import { checkAmbient } from './check-ambient.ts'
import { checkBorders } from './check-borders.ts'
import { checkContrast } from './check-contrast.ts'
import { checkDependencies } from './check-dependencies.ts'
import { checkLinks } from './check-links.ts'
import { checkReadmes } from './check-readmes.ts'
import { checkSecurityCases } from './check-security-cases.ts'
import { checkSettingsPage } from './check-settings-page.ts'
import { checkSupplyChain } from './check-supply-chain.ts'
import { command } from './command.ts'

export const checks: readonly Check[] = [
  command('format and lint', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '--max-diagnostics=50']),
  checkSecurityCases,
  checkSupplyChain,
  checkDependencies,
  checkLinks,
  checkReadmes,
  checkSettingsPage,
  checkContrast,
  checkAmbient,
  command('types', 'typescript/bin/tsc', ['-p', '.']),
  checkBorders,
  command('dead code', 'knip/bin/knip.js', ['--no-progress']),
]
