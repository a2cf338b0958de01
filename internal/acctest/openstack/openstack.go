// SPDX-License-Identifier: MPL-2.0

// Package openstack runs a real OpenStack for tests: Keystone, Glance, Neutron, Nova and Placement from Debian's packages, on loopback,
// in a directory of its own. A package whose tests use it ends them with Main:
//
//	func TestMain(m *testing.M) { os.Exit(openstack.Main(m)) }
package openstack

import (
	"crypto/rand"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Variables that configure tests. Their prefix differs from OpenStack's, so that a shell that is set up for OpenStack does not set them.
const (
	// RequiredEnv set to anything has a test that needs OpenStack fail where the packages are missing, instead of being skipped.
	RequiredEnv = "TEST_OPENSTACK"
	// CacheEnv is the directory of empty databases. Unset, they lie in the user's cache.
	CacheEnv = "TEST_OPENSTACK_CACHE"
)

// python is the Python that Debian's packages are installed for; PATH may have another one.
const python = "/usr/bin/python3"

// services are embedded, so that tests can run from any directory.
//
//go:embed services
var services embed.FS

// roles are the processes, with the services that each of them runs.
var roles = map[string][]string{"keystone": {"keystone"}, "glance": {"glance"}, "neutron": {"neutron"}, "nova": {"nova", "placement"}}

// Region is the only region of a new cloud.
const Region = "RegionOne"

// Cloud is a running OpenStack.
type Cloud struct {
	Admin Login // the administrator

	dir     string
	direct  map[string]string // by service: where it listens
	fronts  map[string]*front // by service: the proxy through which everything but the services themselves reaches it
	started []*process

	mu      sync.Mutex
	watches map[*Watch]bool
	meddler map[*meddling]bool
}

// process runs one role.
type process struct {
	role  string
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{} // closed when the process has ended
}

// one is the cloud of this test process. All tests share it, because it takes ten seconds to start and 650 MiB.
var one struct {
	sync.Mutex
	cloud *Cloud
	err   error
}

// Start returns the cloud of this test process, and starts it on first use. If the packages are missing the test is skipped, or fails if
// RequiredEnv is set.
func Start(t testing.TB) *Cloud {
	t.Helper()
	one.Lock()
	defer one.Unlock()
	if one.cloud == nil && one.err == nil {
		one.cloud, one.err = launch()
	}
	switch {
	case errors.Is(one.err, errMissing) && os.Getenv(RequiredEnv) == "":
		t.Skipf("no OpenStack to test against (%s): make test-openstack installs it", one.err)
	case one.err != nil:
		t.Fatal(one.err)
	}
	return one.cloud
}

// Main runs a package's tests, and then stops the cloud that they started.
func Main(m *testing.M) int {
	code := m.Run()
	one.Lock()
	defer one.Unlock()
	if one.cloud != nil {
		one.cloud.stop()
	}
	return code
}

var errMissing = errors.New("the packages are not installed")

// modules are the Python modules that the packages must provide.
var modules = []string{"nova", "keystone", "glance", "placement", "neutron"}

// installed returns an error that names the modules that Python does not find.
func installed(modules []string) error {
	const look = "import sys, importlib.util as u; print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])"
	out, err := exec.Command(python, append([]string{"-c", look}, modules...)...).Output()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errMissing, python, err)
	}
	if missing := strings.TrimSpace(string(out)); missing != "" {
		return fmt.Errorf("%w: %s", errMissing, missing)
	}
	return nil
}

// launch starts all services and waits until they answer.
func launch() (*Cloud, error) {
	if err := installed(modules); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "openstack-")
	if err != nil {
		return nil, err
	}
	c := &Cloud{dir: dir, direct: map[string]string{}, fronts: map[string]*front{}, watches: map[*Watch]bool{}, meddler: map[*meddling]bool{}}
	if err := c.start(); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *Cloud) start() error {
	if err := unpack(c.dir); err != nil {
		return err
	}
	sockets, err := c.listen()
	defer func() {
		for _, s := range sockets {
			_ = s.Close()
		}
	}()
	if err != nil {
		return err
	}
	if err := c.configure(sockets); err != nil {
		return err
	}
	for role, names := range roles {
		if err := c.run(role, names, sockets); err != nil {
			return err
		}
	}
	return c.wait(5 * time.Minute)
}

// unpack writes the embedded programs to a directory.
func unpack(dir string) error {
	programs, err := fs.Sub(services, "services")
	if err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(dir, "programs"), programs)
}

// listen opens the socket of each service before the service starts, and a front for it. So the kernel chooses the ports and no other
// process can take them.
func (c *Cloud) listen() (map[string]*os.File, error) {
	sockets := map[string]*os.File{}
	for _, names := range roles {
		for _, name := range names {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return sockets, err
			}
			c.direct[name] = "http://" + l.Addr().String()
			tcp, _ := l.(*net.TCPListener)
			sockets[name], err = tcp.File()
			_ = l.Close() // the file keeps the socket open
			if err != nil {
				return sockets, err
			}
			if c.fronts[name], err = c.front(name); err != nil {
				return sockets, err
			}
		}
	}
	return sockets, nil
}

// configure writes the configuration that the services read when they start.
func (c *Cloud) configure(sockets map[string]*os.File) error {
	cache, set := os.LookupEnv(CacheEnv)
	if user, err := os.UserCacheDir(); !set && err == nil {
		cache = filepath.Join(user, "novasphere-openstack")
	}
	ports, public := map[string]int{}, map[string]string{}
	for name := range sockets {
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(c.direct[name], "http://"))
		n, err := strconv.Atoi(port)
		if err != nil {
			return err
		}
		ports[name], public[name] = n, c.fronts[name].url
	}
	password := random()
	c.Admin = Login{AuthURL: public["keystone"] + "/v3", User: "admin", Password: password, Project: "admin", Region: Region, cloud: c,
		token: new(token)}
	raw, err := json.Marshal(map[string]any{"ports": ports, "public": public, "password": password, "cache": cache})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, "settings.json"), raw, 0o600)
}

// random returns a unique name or password.
func random() string {
	raw := make([]byte, 6)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// run starts one role. The process ends when its standard input is closed, so that none survives a test that was killed.
func (c *Cloud) run(role string, names []string, sockets map[string]*os.File) error {
	out, err := os.Create(c.output(role))
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(python, filepath.Join(c.dir, "programs", "services.py"), role, c.dir)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, out, out
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + c.dir, "TMPDIR=" + c.dir, "LC_ALL=C.UTF-8", "PYTHONWARNINGS=ignore",
		"PYTHONNOUSERSITE=1", "PYTHONDONTWRITEBYTECODE=1"}
	for _, name := range names {
		cmd.ExtraFiles = append(cmd.ExtraFiles, sockets[name])
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{role, cmd, stdin, make(chan struct{})}
	c.started = append(c.started, p)
	go func() {
		_ = cmd.Wait() // its output tells how it ended
		close(p.ended)
	}()
	return nil
}

func (c *Cloud) output(role string) string { return filepath.Join(c.dir, role+".out") }

// wait waits until every role reports that it is ready.
func (c *Cloud) wait(within time.Duration) error {
	end := time.Now().Add(within)
	for _, p := range c.started {
		for {
			if _, err := os.Stat(filepath.Join(c.dir, p.role, "ready")); err == nil {
				break
			}
			select {
			case <-p.ended:
				return fmt.Errorf("%s ended before it was ready:\n%s", p.role, c.tail(p.role))
			case <-time.After(50 * time.Millisecond):
			}
			if time.Now().After(end) {
				return fmt.Errorf("%s was not ready within %s:\n%s", p.role, within, c.tail(p.role))
			}
		}
	}
	return nil
}

// tail returns the end of a role's output.
func (c *Cloud) tail(role string) string {
	raw, _ := os.ReadFile(c.output(role))
	return string(raw[max(0, len(raw)-3000):])
}

// stop ends the processes, each by its own handle, and removes the cloud's directory.
func (c *Cloud) stop() {
	for _, p := range c.started {
		_ = p.stdin.Close()
	}
	for _, p := range c.started {
		select {
		case <-p.ended:
		case <-time.After(2 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	}
	for _, f := range c.fronts {
		_ = f.server.Close()
	}
	_ = os.RemoveAll(c.dir)
}

// Policy sets rules of the compute service for the rest of a test: {"os_compute_api:os-flavor-extra-specs:index": "role:admin"}.
func (c *Cloud) Policy(t testing.TB, rules map[string]string) {
	t.Helper()
	file := filepath.Join(c.dir, "nova", "policy.yaml")
	write := func(rules map[string]string) {
		raw, err := json.Marshal(rules)
		if err == nil {
			err = os.WriteFile(file, raw, 0o600)
		}
		if err == nil { // forces a new modification time, even on a file system with a coarse clock
			stamp := time.Now().Add(time.Duration(len(rules)+1) * time.Second)
			err = os.Chtimes(file, stamp, stamp)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(rules)
	t.Cleanup(func() { write(map[string]string{}) })
}
