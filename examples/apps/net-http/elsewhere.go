package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

var errSignedOut = errors.New("nobody is signed in")

// A session, with the fields that this app uses.
type session struct {
	ID       string
	Identity struct{ Traits struct{ Email string } }
	// The JWT of tokenize_as.
	Tokenized string
}

var client = http.Client{Timeout: 5 * time.Second}

// ask asks the public API with the visitor's cookie, and returns the cookies that renew it.
func ask(r *http.Request, path string, answer any) ([]string, error) {
	onward, err := http.NewRequestWithContext(r.Context(), http.MethodGet, publicURL+path, nil)
	if err != nil {
		return nil, err
	}
	// No other header of the request: Origin and Sec-Fetch-Site describe a request to this app.
	onward.Header["Cookie"] = r.Header["Cookie"]
	return call(onward, answer)
}

func admin(r *http.Request, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	onward, err := http.NewRequestWithContext(r.Context(), method, adminURL+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	onward.Header.Set("Authorization", "Bearer "+adminToken)
	onward.Header.Set("Content-Type", "application/json")
	_, err = call(onward, answer)
	return err
}

func call(request *http.Request, answer any) ([]string, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusUnauthorized:
		return nil, errSignedOut
	case response.StatusCode >= 300:
		return nil, fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, response.Status)
	case response.StatusCode == http.StatusNoContent:
		return nil, nil
	}
	return response.Header.Values("Set-Cookie"), json.NewDecoder(response.Body).Decode(answer)
}

// sessionsPage is the sessions page and its calls, on this app's origin.
func sessionsPage() http.Handler {
	target, err := url.Parse(publicURL)
	if err != nil {
		panic(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		// If a proxy stands in front of this app, keep its X-Forwarded-For instead.
		r.SetXForwarded()
	}}
}
