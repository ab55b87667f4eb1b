// Package browser opens the page of dualstack audit -o html in Chromium, headless.
// It is a module of its own, so that nobody else depends on the driver.
package browser
