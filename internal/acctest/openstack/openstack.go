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

// Variables that steer tests. Their names begin so that no shell that is set up for OpenStack holds them.
const (
	// not empty: a test that needs OpenStack fails where the packages are missing, instead of being skipped.
	RequiredEnv = "TEST_OPENSTACK"
	CacheEnv    = "TEST_OPENSTACK_CACHE" // the directory of empty databases; unset: in the user's cache
)

// python is the one that Debian's packages are installed for; another one may come first on PATH.
const python = "/usr/bin/python3"

// services are embedded, so that tests run from anywhere.
//
//go:embed services
var services embed.FS

// roles are the processes, and the services that each of them holds.
var roles = map[string][]string{"keystone": {"keystone"}, "glance": {"glance"}, "neutron": {"neutron"}, "nova": {"nova", "placement"}}

// Region is the one region that there is at first.
const Region = "RegionOne"

// Cloud is a running OpenStack.
type Cloud struct {
	Admin Login // who may do everything

	dir     string
	direct  map[string]string // service: where it listens
	fronts  map[string]*front // service: what stands before it for everybody but the services themselves
	started []*process

	mu      sync.Mutex
	watches map[*Watch]bool
	meddler map[*meddling]bool
}

// process is one role.
type process struct {
	role  string
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{} // closed when it is no more
}

// one is the cloud of this test process: they all share it, because it takes ten seconds and 650 MiB.
var one struct {
	sync.Mutex
	cloud *Cloud
	err   error
}

// Start gives the cloud of this test process, and starts it for the first who asks. Where the packages are missing the test is
// skipped, or fails where they must be there.
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

// Main runs a package's tests, and then stops what they started.
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

// modules are the Python modules of Packages.
var modules = []string{"nova", "keystone", "glance", "placement", "neutron"}

// installed says whether Python finds the modules.
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

// launch starts everything and waits until it answers.
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

// unpack writes the services' programs.
func unpack(dir string) error {
	programs, err := fs.Sub(services, "services")
	if err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(dir, "programs"), programs)
}

// listen opens a port for each service before there is one, and a front before it: the kernel chooses, and nobody else can come between.
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
			_ = l.Close() // the file holds it
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

// configure writes what the services read at their start.
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

// random is a name or password that nothing else has.
func random() string {
	raw := make([]byte, 6)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// run starts one role. It ends when its standard input does, so that nothing is left of a test that was killed.
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
		_ = cmd.Wait() // how it ended is in its output
		close(p.ended)
	}()
	return nil
}

func (c *Cloud) output(role string) string { return filepath.Join(c.dir, role+".out") }

// wait waits until every role says that it is ready.
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

// tail is the end of what a role printed.
func (c *Cloud) tail(role string) string {
	raw, _ := os.ReadFile(c.output(role))
	return string(raw[max(0, len(raw)-3000):])
}

// stop ends what was started, each by its own handle, and removes its directory.
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
		if err == nil { // a new time of change, however coarse the file system's clock is
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
