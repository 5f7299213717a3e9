// Runs before the page is drawn: says that scripts work, so that what only they can do is there from the start.
document.documentElement.classList.add('scripted');
