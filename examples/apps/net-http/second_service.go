package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// secondService needs nothing of elsewhere but its public keys, and would be another program.
func secondService() http.HandlerFunc {
	// Requests with an unknown key do not wait until the keys may be fetched again.
	options := keyfunc.Override{RateLimitWaitMax: time.Second}
	urls := []string{publicURL + "/.well-known/jwks.json"}
	keys, err := keyfunc.NewDefaultOverrideCtx(context.Background(), urls, options)
	if err != nil {
		log.Fatal(err)
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithIssuer(origin+"/"),
		jwt.WithAudience("second-service"), jwt.WithExpirationRequired())
	return func(w http.ResponseWriter, r *http.Request) {
		var claims struct {
			jwt.RegisteredClaims
			Session string `json:"sid"`
		}
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if _, err := parser.ParseWithClaims(token, &claims, keys.Keyfunc); err != nil {
			http.Error(w, "The JWT is not valid.", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"identity": claims.Subject, "session": claims.Session})
	}
}
