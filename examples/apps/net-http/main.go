// A login system with a password form, which keeps its sessions in elsewhere.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

var (
	adminToken    = required("ADMIN_TOKEN")
	webhookSecret = required("WEBHOOK_SECRET")
	port          = setting("PORT", "3000")
	origin        = setting("ORIGIN", "http://127.0.0.1:3000")
	publicURL     = setting("PUBLIC_URL", "http://127.0.0.1:4433")
	adminURL      = setting("ADMIN_URL", "http://127.0.0.1:4434")
)

func setting(name, standard string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return standard
}

func required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatal(name + " is not set: load secrets/app.env first")
	}
	return value
}

// unavailable answers while elsewhere does not: nobody is signed out.
func unavailable(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "Please try again later.", http.StatusServiceUnavailable)
}

type sessionKey struct{}

// sessionOf returns the session of a request, or nil.
func sessionOf(r *http.Request) *session {
	found, _ := r.Context().Value(sessionKey{}).(*session)
	return found
}

func readSession(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		found := &session{}
		renewed, err := ask(r, "/sessions/whoami", found)
		if errors.Is(err, errSignedOut) {
			found = nil
		} else if err != nil {
			unavailable(w, err)
			return
		}
		for _, cookie := range renewed {
			w.Header().Add("Set-Cookie", cookie)
		}
		next(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, found)))
	}
}

func requireSession(next http.HandlerFunc) http.HandlerFunc {
	return readSession(func(w http.ResponseWriter, r *http.Request) {
		if sessionOf(r) == nil {
			to := "/sign-in?return_to=" + url.QueryEscape(r.URL.RequestURI())
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		next(w, r)
	})
}

func signIn(w http.ResponseWriter, r *http.Request) {
	person, ok := authenticate(r.PostFormValue("email"), r.PostFormValue("password"))
	if !ok {
		show(w, http.StatusUnauthorized, "sign-in", "The address or the password is wrong.")
		return
	}
	var issued struct {
		SessionCookie  string `json:"session_cookie"`
		SessionBinding string `json:"session_binding"`
	}
	err := admin(r, http.MethodPost, "/admin/identities/"+person.id+"/sessions", map[string]any{
		"identity":               map[string]any{"schema_id": "person", "traits": map[string]string{"email": person.email}},
		"authentication_methods": []any{map[string]string{"method": "password", "aal": "aal1"}},
		"device":                 map[string]string{"ip_address": r.RemoteAddr, "user_agent": r.UserAgent()},
	}, &issued)
	if err != nil {
		unavailable(w, err)
		return
	}
	// The browser forgets the cookie of the former session. If that one cannot be ended, the new one is valid anyway.
	if former := sessionOf(r); former != nil {
		if err := admin(r, http.MethodDelete, "/admin/sessions/"+former.ID, nil, nil); err != nil {
			log.Print(err)
		}
	}
	// Behind the origin, every text is a path of this app. By itself, "//host" is another host.
	path := r.URL.Query().Get("return_to")
	if !strings.HasPrefix(path, "/") {
		path = "/"
	}
	w.Header().Set("Set-Cookie", issued.SessionCookie)
	if issued.SessionBinding != "" {
		w.Header().Set("Secure-Session-Registration", issued.SessionBinding)
	}
	http.Redirect(w, r, origin+path, http.StatusSeeOther)
}

// signOut leads to a link that ends the session, removes the cookie, and leads to ui.home_url.
func signOut(w http.ResponseWriter, r *http.Request) {
	link := struct {
		LogoutURL string `json:"logout_url"`
	}{"/"}
	if _, err := ask(r, "/self-service/logout/browser", &link); err != nil && !errors.Is(err, errSignedOut) {
		unavailable(w, err)
		return
	}
	http.Redirect(w, r, link.LogoutURL, http.StatusSeeOther)
}

// askSecondService proves the session to the second service by a JWT that is valid for a minute.
func askSecondService(w http.ResponseWriter, r *http.Request) {
	var found session
	if _, err := ask(r, "/sessions/whoami?tokenize_as=second_service", &found); err != nil {
		unavailable(w, err)
		return
	}
	onward, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://127.0.0.1:"+port+"/api/second-service", nil)
	onward.Header.Set("Authorization", "Bearer "+found.Tokenized)
	answer, err := client.Do(onward)
	if err != nil {
		unavailable(w, err)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body)
}

func main() {
	own := http.NewServeMux()
	own.HandleFunc("GET /{$}", requireSession(func(w http.ResponseWriter, r *http.Request) {
		show(w, http.StatusOK, "home", sessionOf(r))
	}))
	own.Handle("GET /connection.js", http.FileServerFS(scripts))
	own.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) { show(w, http.StatusOK, "sign-in", "") })
	own.HandleFunc("POST /sign-in", readSession(signIn))
	own.HandleFunc("POST /sign-out", signOut)
	own.HandleFunc("GET /second-service", requireSession(askSecondService))
	own.HandleFunc("GET /api/second-service", secondService())
	own.HandleFunc("GET /live", connect)
	own.HandleFunc("POST /webhooks/elsewhere", receive())

	all := http.NewServeMux()
	all.Handle("/", secureHeaders(own))
	for _, path := range []string{"/ui/", "/sessions", "/sessions/", "/session-binding/", "/self-service/"} {
		all.Handle(path, sessionsPage())
	}

	// A page of another site must not sign its visitor out, or in as somebody else. There is no session
	// yet that a token could belong to, and none is needed: browsers state which site sends a form.
	protected := http.NewCrossOriginProtection().Handler(all)
	server := http.Server{Addr: "127.0.0.1:" + port, Handler: protected, ReadHeaderTimeout: 10 * time.Second}
	log.Printf("listening on %s", origin)
	log.Fatal(server.ListenAndServe())
}
