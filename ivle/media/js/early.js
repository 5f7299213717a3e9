// Runs before the page is drawn: says that scripts work, so that what only they can do is there from the start, and how close
// this device wants the rows of tables, so that none of them jumps.
document.documentElement.classList.add('scripted');
try {
  document.documentElement.dataset.density = localStorage.getItem('ivle-density') ?? 'roomy';
} catch {
  // A browser that keeps nothing: rows are as they are.
}
