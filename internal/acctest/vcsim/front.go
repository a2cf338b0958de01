package vcsim

import (
	"bytes"
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/vmware/govmomi/vim25"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// front receives every request and counts it. Only what comes over the wire is counted: the simulator's calls to
// itself are not, except those its content library makes as a client of its own.
type front struct {
	next   http.Handler
	before func(http.ResponseWriter, *http.Request) (done bool)

	mu    sync.Mutex
	count map[string]int
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	soap := strings.HasPrefix(r.URL.Path, vim25.Path) && r.Method == http.MethodPost
	if !soap {
		f.add(restName(r))
		if f.before != nil && f.before(w, r) {
			return
		}
		f.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.add(soapName(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	f.next.ServeHTTP(w, r)
}

func (f *front) add(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		f.count = map[string]int{}
	}
	f.count[name]++
}

func (f *front) calls() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count == nil {
		return map[string]int{}
	}
	return maps.Clone(f.count)
}

func (f *front) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count = nil
}

// soapName is the name of the first element inside the envelope's body.
func soapName(envelope []byte) string {
	d := xml.NewDecoder(bytes.NewReader(envelope))
	inside := false
	for {
		token, err := d.Token()
		if err != nil {
			return "unreadable SOAP request"
		}
		start, ok := token.(xml.StartElement)
		switch {
		case !ok:
		case inside:
			return start.Name.Local
		case start.Name.Local == "Body":
			inside = true
		}
	}
}

// restName is the verb and the path of a request without what changes from object to object.
func restName(r *http.Request) string {
	query := r.URL.Query()
	name := privileges.RESTCall(r.Method, r.URL.Path, query.Get("~action"))
	if action := query.Get("action"); action != "" {
		name += "?action=" + action
	}
	return name
}
