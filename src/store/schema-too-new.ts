/** A database that a newer version has migrated: writing to it by older rules could undo what those rules promise (O01). */
export class SchemaTooNew extends Error {
  constructor(found: number, known: number) {
    super(
      `This database was written by a newer Gatehouse (schema ${found}, this version knows ${known}): ` +
        'start that version, or restore a backup made before the upgrade.',
    )
  }
}
