/** Orders steps so that whoever gives a unique thing up goes before whoever takes it. */

/** `before` is the step that must go first, if any. In a circle, one goes as given; the store then says no. */
export const giversFirst = <Step>(steps: readonly Step[], before: (step: Step) => readonly Step[]): Step[] => {
  const ordered: Step[] = []
  const seen = new Set<Step>()
  for (const first of steps) {
    // An explicit stack: a chain may be as long as the file.
    const stack: { readonly step: Step; entered: boolean }[] = [{ step: first, entered: false }]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.entered) {
        ordered.push(top.step)
        stack.pop()
      } else if (seen.has(top.step)) {
        stack.pop()
      } else {
        seen.add(top.step)
        top.entered = true
        for (const giver of before(top.step)) if (!seen.has(giver)) stack.push({ step: giver, entered: false })
      }
    }
  }
  return ordered
}
