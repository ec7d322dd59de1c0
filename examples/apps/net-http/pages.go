package main

import (
	"embed"
	"html/template"
	"log"
	"net/http"
)

//go:embed connection.js
var scripts embed.FS

var pages = template.Must(template.New("").Parse(`
{{define "head"}}<!doctype html><html lang="en"><meta charset="utf-8"><title>{{.}}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<main><h1>{{.}}</h1>{{end}}

{{define "home"}}{{template "head" "Home"}}<p>Signed in as <b>{{.Identity.Traits.Email}}</b></p>
<p>Connection: <span id="live" role="status"></span></p><script src="/connection.js"></script>
<p><a href="/ui/sessions">Where you are signed in</a></p>
<p><a href="/second-service">Ask the second service</a></p>
<form method="post" action="/sign-out"><button>Sign out</button></form></main></html>{{end}}

{{/* A form without an action is sent to the address of its page, which has return_to. */}}
{{define "sign-in"}}{{template "head" "Sign in"}}<p role="alert">{{.}}</p><form method="post">
<p><label>E-mail <input name="email" type="email" autocomplete="username" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<button>Sign in</button></form></main></html>{{end}}`))

func show(w http.ResponseWriter, status int, page string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, page, data); err != nil {
		log.Print(err)
	}
}

func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "+
				"frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
