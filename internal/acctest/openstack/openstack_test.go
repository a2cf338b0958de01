// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

// TestInstalled: the error names the missing modules.
func TestInstalled(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(python); err != nil {
		t.Skip("there is no " + python)
	}
	if err := installed([]string{"sys", "no_such_module"}); !errors.Is(err, errMissing) ||
		!strings.HasSuffix(err.Error(), ": no_such_module") {
		t.Errorf("got %v", err)
	}
	if err := installed([]string{"json"}); err != nil {
		t.Error(err)
	}
}

// TestOpenStackFronts: users' calls are counted and can be modified; the services' own calls are not.
func TestOpenStackFronts(t *testing.T) { //nolint:paralleltest // the services of OpenStack are the same for all of these tests
	c := Start(t)
	w := c.Watch(t)
	var networks map[string]any
	c.Admin.Call(t, "neutron", "GET", "/v2.0/networks", nil, &networks)
	if n := len(w.Calls()); n != 0 {
		t.Errorf("%d calls of tests and services were counted: %+v", n, w.Calls())
	}
	c.Meddle(t, "glance", func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.WriteString(w, r.UserAgent())
		return true
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.Address("glance")+"/v2/images?x=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "somebody")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	if string(body) != "somebody" || w.Count("glance", "/v2/images") != 1 ||
		w.Calls()[0] != (Call{"glance", "GET", "/v2/images", "x=1", "somebody"}) {
		t.Errorf("%s, %+v", body, w.Calls())
	}
	if w.Reset(); len(w.Calls()) != 0 {
		t.Error("it remembers")
	}
}
