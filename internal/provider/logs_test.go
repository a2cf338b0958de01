package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// What the SDK, the framework and the provider log is there when it is asked for, at the level that is asked for.
func TestAccLogs(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	logged := func(env ...string) string {
		file := filepath.Join(t.TempDir(), "log")
		ws := vc.NewWorkspace(t, vc.Wire(t), `resource "novasphere_compute_keypair" "k" { name = "ops" }`, append(env, "TF_LOG_PATH="+file)...)
		ws.Must("plan", "-no-color")
		raw, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(raw)
	}
	for _, c := range []struct {
		env  []string
		want bool
	}{
		{[]string{"TF_LOG=TRACE"}, true}, {[]string{"TF_LOG=JSON"}, true}, {[]string{"TF_LOG_PROVIDER=TRACE"}, true}, {[]string{"TF_LOG=WARN"}, false},
		{[]string{"TF_LOG=TRACE", "TF_LOG_SDK=off", "TF_LOG_PROVIDER_NOVASPHERE=off"}, false}, // what the user has said goes first
	} {
		log := logged(c.env...)
		for _, text := range []string{"Received request", "Called provider defined Provider Configure", "Planning without the framework's passes"} {
			if strings.Contains(log, text) != c.want {
				t.Errorf("%v: there are %d bytes of log, and %q in them: %t", c.env, len(log), text, !c.want)
			}
		}
	}
}
