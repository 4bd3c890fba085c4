// What a page can do better with script; each page works without it.
'use strict'
// The focus goes to what went wrong, so that it is read out.
document.querySelector('[role="alert"]')?.focus()
document.addEventListener('submit', (event) => {
  const form = event.target
  // A second press would be an answer to a step that is over.
  if (form.dataset.sent) return event.preventDefault()
  form.dataset.sent = 'yes'
  for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true')
})
// Coming back with the browser's button shows the page as it was left: pressable again.
addEventListener('pageshow', () => {
  for (const form of document.forms) {
    delete form.dataset.sent
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled')
  }
})
