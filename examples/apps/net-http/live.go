package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"sync"

	"github.com/coder/websocket"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Connections that end with their session.
type liveSockets struct {
	mutex    sync.Mutex
	sessions map[*websocket.Conn]string
}

var live = liveSockets{sessions: map[*websocket.Conn]string{}}

func (live *liveSockets) add(socket *websocket.Conn, session string) {
	live.mutex.Lock()
	defer live.mutex.Unlock()
	live.sessions[socket] = session
}

func (live *liveSockets) remove(socket *websocket.Conn) {
	live.mutex.Lock()
	defer live.mutex.Unlock()
	delete(live.sessions, socket)
}

func (live *liveSockets) end(session string) {
	live.mutex.Lock()
	defer live.mutex.Unlock()
	for socket, its := range live.sessions {
		if its == session {
			go end(socket) // waits for the other side
		}
	}
}

func end(socket *websocket.Conn) {
	socket.Close(4001, "You were signed out")
}

func connect(w http.ResponseWriter, r *http.Request) {
	var found session
	if _, err := ask(r, "/sessions/whoami", &found); err != nil {
		http.Error(w, "Sign in first.", http.StatusUnauthorized)
		return
	}
	// A page of another site can connect, too. Accept refuses it by its Origin.
	socket, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer socket.CloseNow()
	live.add(socket, found.ID)
	defer live.remove(socket)
	// A session that has ended before this line has no webhook any more that would find the socket.
	if _, err := ask(r, "/sessions/whoami", &found); errors.Is(err, errSignedOut) {
		end(socket)
		return
	} else if err != nil {
		socket.Close(websocket.StatusInternalError, "")
		return
	}
	if socket.Write(r.Context(), websocket.MessageText, []byte("connected")) == nil {
		<-socket.CloseRead(r.Context()).Done()
	}
}

// receive is the receiver of webhooks.
func receive() http.HandlerFunc {
	webhook, err := standardwebhooks.NewWebhook(webhookSecret)
	if err != nil {
		log.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		var event struct {
			Data struct {
				SessionID string `json:"session_id"`
			}
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<16))
		if err != nil || webhook.Verify(body, r.Header) != nil || json.Unmarshal(body, &event) != nil {
			http.Error(w, "The webhook is not valid.", http.StatusBadRequest)
			return
		}
		live.end(event.Data.SessionID)
		w.WriteHeader(http.StatusNoContent)
	}
}
