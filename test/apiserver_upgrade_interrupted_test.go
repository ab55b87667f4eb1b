package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// through runs dualstack services through the door until it ends or is killed, and
// returns what it prints and its exit status, -1 if it was killed.
func (s *stage) through(d *door, started func(*os.Process), args ...string) (string, int) {
	s.Helper()
	command := exec.Command(s.binary, append([]string{"services"}, args...)...)
	command.Env = []string{"KUBECONFIG=" + d.kubeconfig}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	started(command.Process)
	_ = command.Wait() // The status says it.
	return out.String(), command.ProcessState.ExitCode()
}

// testUpgradeKilled kills the program at each of its writes, once as the write is
// on its way and once when it is done but not answered, and repeats it: each time
// the end is the same.
func (c *cluster) testUpgradeKilled(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-killed")
	for _, name := range []string{"one", "two"} {
		s.named(name, nil)
	}
	s.setMode("apply")
	d := c.openDoor(t)
	before := s.snapshot()
	s.do("upgrade", "--yes")
	upgraded := s.snapshot()
	s.do("revert", "--yes")
	for _, verb := range []string{"upgrade", "revert"} {
		for write := 1; ; write++ {
			killed := false
			for _, when := range []string{"before", "after"} {
				if verb == "revert" {
					s.do("upgrade", "--yes")
				}
				killed = s.killedAt(d, verb, when, write)
				s.do(verb, "--yes")
				s.wantSettled(fmt.Sprintf("%s, killed %s write %d and repeated", verb, when, write), verb, before, upgraded)
				s.do("revert", "--yes")
				s.wantSnapshot(fmt.Sprintf("after a revert of a killed %s", verb), before)
			}
			if !killed {
				if write != 5 { // Two for each Service.
					t.Errorf("%s makes %d writes for two Services, want 4", verb, write-1)
				}
				break
			}
		}
	}
}

// killedAt runs the program and kills it at this write; it reports false if there
// are not so many.
func (s *stage) killedAt(d *door, verb, when string, write int) bool {
	s.Helper()
	process := make(chan *os.Process, 1)
	kill := func(n int) {
		if n != write {
			return
		}
		p := <-process
		if err := p.Kill(); err != nil {
			s.Errorf("killing the program: %v", err)
		}
	}
	if when == "before" {
		d.tell(kill, nil)
	} else {
		d.tell(nil, kill)
	}
	out, status := s.through(d, func(p *os.Process) { process <- p }, verb, "-n", s.namespace, "--yes", "--rate", "1000")
	if status != -1 && status != 0 {
		s.Errorf("dualstack services %s = status %d\n%s", verb, status, out)
	}
	return status == -1
}

// wantSettled wants the Services to be as after a run that was not disturbed, but
// for the second addresses.
func (s *stage) wantSettled(when, verb string, before, upgraded map[string]corev1.Service) {
	s.Helper()
	if verb == "revert" {
		s.wantSnapshot(when, before)
		return
	}
	want := map[string]corev1.Service{}
	got := s.snapshot()
	for name, service := range upgraded {
		service = *service.DeepCopy()
		if len(got[name].Spec.ClusterIPs) == 2 {
			service.Spec.ClusterIPs[1] = got[name].Spec.ClusterIPs[1]
		}
		want[name] = service
	}
	s.wantSnapshot(when, want)
}

// testUpgradeStopped sends SIGINT while a Service is being changed: that one is
// finished, the next is not begun, and the program says where it stopped.
func (c *cluster) testUpgradeStopped(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-stopped")
	for _, name := range []string{"one", "three", "two"} {
		s.named(name, nil)
	}
	s.setMode("apply")
	before := s.snapshot()
	d := c.openDoor(t)
	process := make(chan *os.Process, 1)
	d.tell(func(write int) {
		if write == 1 {
			if err := (<-process).Signal(syscall.SIGINT); err != nil {
				t.Error(err)
			}
		}
	}, nil)
	out, status := s.through(d, func(p *os.Process) { process <- p }, "upgrade", "-n", s.namespace, "--yes", "--rate", "0.01")
	if status != 1 || !strings.Contains(out, "interrupted before upgrade-stopped/three: 2 Services of 3 not reached; run it again for the rest\n") {
		t.Errorf("upgrade with SIGINT = status %d, want 1, and to say where:\n%s", status, out)
	}
	got := s.snapshot()
	for name, want := range map[string]string{"one": dualStack, "three": singleStack, "two": singleStack} {
		service := got[name]
		s.wantStack(&service, want)
		wantUnowned(t, service)
	}
	s.do("upgrade", "--yes")
	s.do("revert", "--yes")
	s.wantSnapshot("upgraded in two runs and reverted", before)
}

// testUpgradeAtOnce runs two upgrades at once, and then two reverts. Each may find
// that the other was faster, but nothing fails, and all is done.
func (c *cluster) testUpgradeAtOnce(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-at-once")
	for i := range 10 {
		s.named(fmt.Sprintf("s%d", i), nil)
	}
	s.setMode("apply")
	before := s.snapshot()
	for _, verb := range []string{"upgrade", "revert"} {
		var runs sync.WaitGroup
		for range 2 {
			runs.Go(func() {
				stdout, stderr, status := s.services(verb, "-n", s.namespace, "--yes", "--rate", "1000")
				if status > 1 || strings.Contains(stdout, "failed") {
					t.Errorf("%s = status %d\n%s%s", verb, status, stdout, stderr)
				}
			})
		}
		runs.Wait()
		for _, service := range s.snapshot() {
			wantUnowned(t, service)
			if verb == "upgrade" {
				s.wantStack(&service, dualStack)
			}
		}
	}
	s.wantSnapshot("upgraded twice and reverted twice at once", before)
}

// testUpgradeChanged changes Services between the plan and its execution.
func (c *cluster) testUpgradeChanged(t *testing.T) {
	s := c.upgradeStage(t, "upgrade-changed")
	for _, name := range []string{"a-first", "b-chosen", "c-deleted", "d-created-again", "e-labelled", "f-at-once"} {
		s.named(name, nil)
	}
	s.setMode("apply")
	d := c.openDoor(t)
	d.tell(func(write int) {
		switch write {
		case 1:
			s.patchNamed("b-chosen", `{"spec":{"ipFamilyPolicy":"PreferDualStack"}}`)
			s.patchNamed("b-chosen", `{"spec":{"ipFamilyPolicy":"SingleStack"}}`)
			s.kubectl("", "delete", "service", "c-deleted", "d-created-again")
			s.named("d-created-again", func(service *corev1.Service) { service.Labels = map[string]string{"dualstack.dev/mode": "off"} })
			s.patchNamed("e-labelled", `{"metadata":{"labels":{"a":"b"}}}`)
		case 5: // That of f-at-once, which then conflicts.
			s.patchNamed("f-at-once", `{"metadata":{"labels":{"a":"b"}}}`)
		}
	}, nil)
	out, status := s.through(d, func(*os.Process) {}, "upgrade", "-n", s.namespace, "--yes", "--rate", "1000")
	if status != 1 {
		t.Errorf("upgrade = status %d, want 1\n%s", status, out)
	}
	for _, want := range []string{
		"1/6  upgrade-changed/a-first  upgraded: " + dualStack + "\n",
		"2/6  upgrade-changed/b-chosen  left alone: changed since the plan: the Service says SingleStack\n",
		"3/6  upgrade-changed/c-deleted  left alone: it has been deleted since the plan\n",
		"4/6  upgrade-changed/d-created-again  left alone: it has been deleted and created again since the plan\n",
		"5/6  upgrade-changed/e-labelled  upgraded: " + dualStack + "\n",
		"6/6  upgrade-changed/f-at-once  upgraded: " + dualStack + "\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("upgrade does not say %q:\n%s", want, out)
		}
	}
	if labels := s.snapshot()["f-at-once"].Labels; labels["a"] != "b" {
		t.Errorf("labels = %v, want what was written at the same time", labels)
	}
}
