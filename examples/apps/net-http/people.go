package main

import (
	"crypto/rand"
	"crypto/subtle"
	"os"

	"golang.org/x/crypto/scrypt"
)

// A person, as a database would hold it.
type person struct {
	id, email  string
	salt, hash []byte
}

var (
	people = []person{
		newPerson("7b1f2c1e-0a50-4d5c-9f0e-1c3a5e7d9b10", "ana@example.org"),
		newPerson("c2a9d6f4-58c3-4a8e-8a55-6f2f0f5b7e21", "ben@example.org"),
	}
	nobody = person{salt: random(16), hash: random(32)}
)

func newPerson(id, email string) person {
	salt := random(16)
	return person{id, email, salt, hash(os.Getenv("DEMO_PASSWORD"), salt)}
}

func random(length int) []byte {
	bytes := make([]byte, length)
	rand.Read(bytes) // never fails
	return bytes
}

// A hash takes 128 MiB of memory: at most four are made at a time, and others wait.
var hashing = make(chan struct{}, 4)

// hash uses the parameters of scrypt that OWASP recommends.
func hash(password string, salt []byte) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	key, err := scrypt.Key([]byte(password), salt, 1<<17, 8, 1, 32)
	if err != nil {
		panic(err) // the parameters are wrong
	}
	return key
}

// authenticate returns the person with this address and password, if there is one.
func authenticate(email, password string) (person, bool) {
	// An unknown address takes as long as a known one, so that the time does not tell them apart.
	found := nobody
	for _, known := range people {
		if known.email == email {
			found = known
		}
	}
	return found, subtle.ConstantTimeCompare(found.hash, hash(password, found.salt)) == 1
}
