//! Policies that run on, or take the machine with them, cost only themselves.

use crate::harness::{job, launch, messages, run, set, told};
use rego_policy::{Fault, Host, Limits, Outcome, Runner};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};

/// Limits that are reached soon.
fn tight() -> Limits {
    let (time, total) = (Duration::from_millis(200), Duration::from_millis(500));
    Limits { time, total, memory: 256 << 20, ..Limits::default() }
}

fn started(texts: &[&str]) -> Runner {
    Runner::new(vec![set(texts)], Host::default(), launch(), tight()).expect("a worker")
}

fn outcomes(runner: &Runner, jobs: usize, threads: usize) -> Vec<Outcome> {
    let jobs: Vec<_> = (0..jobs).map(|n| job(&json!({"n": n}))).collect();
    runner.run(&jobs, threads, &|_, _, _| Err("no host".into())).expect("a worker")
}

/// A policy that is none of the hostile ones.
const KIND: &str = "package kind\n\ndeny contains msg if msg := sprintf(\"job %d\", [input.n])\n";

#[test]
fn each_hostile_policy_ends_and_costs_only_itself() {
    let mut count = 0;
    let mut wrong = Vec::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = String::from_utf8(fs_read(&file)).unwrap();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let ends = text.lines().next().unwrap().trim_start_matches("# ends: ").to_owned();
        let begin = Instant::now();
        let texts = [text.as_str(), KIND];
        let runner = started(&texts);
        let all = outcomes(&runner, 4, 1);
        let time = begin.elapsed();
        for (n, outcome) in all.iter().enumerate() {
            let said: Vec<_> =
                messages(outcome).into_iter().filter(|message| message.starts_with("job")).collect();
            if said != [format!("job {n}")] {
                wrong.push(format!("{name}: job {n} says {said:?}"));
            }
        }
        let faults: Vec<&Fault> = runner.faults().iter().collect();
        let failures: Vec<&Fault> =
            all.iter().flat_map(|outcome| &outcome.failures).map(|failure| &failure.fault).collect();
        let tell = |faults: &[&Fault]| faults.iter().map(|fault| told(&texts, fault)).collect::<Vec<_>>();
        let expected = match ends.as_str() {
            "fault" => !faults.is_empty() && failures.len() <= 1,
            "none" => faults.is_empty() && failures.is_empty(),
            "memory" => failures.len() == 1 && failures[0].message.contains("MiB of memory"),
            "time" => failures.len() == 1 && failures[0].message.contains("seconds"),
            _ => faults.is_empty() && failures.len() <= 1,
        };
        if !expected || time > Duration::from_secs(20) {
            wrong.push(format!("{name}: {ends}: {time:?} {:?} {:?}", tell(&faults), tell(&failures)));
        }
        count += 1;
    }
    assert!(count >= 30, "{count} policies");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "a file of the tests")]
fn fs_read(path: &std::path::Path) -> Vec<u8> {
    fs::read(path).expect("a policy")
}

#[test]
fn modules_that_cannot_be_read_are_faults_and_the_others_run() {
    let brackets = format!("package hostile\n\ndeny contains {}", "[".repeat(20_000));
    let balanced = format!("package hostile\n\nx := {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let large = format!("package hostile\n\n# {}\ndeny contains \"x\"\n", "a".repeat(100 << 20));
    let wide = format!("package hostile\n\nx := [{}]\n", "1,".repeat(600_000));
    let sum = format!("package hostile\n\nx := {}1\n", "1+".repeat(50_000));
    let dots = format!("package hostile\n\nx := input{}\n", ".a".repeat(50_000));
    let not = format!("package hostile\n\nx if {}input.a\n", "not ".repeat(20_000));
    let text = "package hostile\n\nx := \"never closed";
    let texts = [&brackets, &balanced, &large, &wide, &sum, &dots, &not, text, KIND];
    let runner = started(&texts);
    let faulty: Vec<_> = runner.faults().iter().filter_map(|fault| Some(fault.place?.source)).collect();
    assert!([2, 7].iter().all(|source| faulty.contains(source)), "{faulty:?}");
    assert!(!faulty.contains(&8));
    assert_eq!(messages(&outcomes(&runner, 1, 1)[0]), ["job 0"]);
}

#[test]
fn brackets_that_are_nested_deep_cost_no_time() {
    let deep = |open: &str, close: &str, levels: usize| {
        format!("package deep\n\nx := {}1{}\n", open.repeat(levels), close.repeat(levels))
    };
    let texts = [
        deep("[", "]", 21),
        deep("[", "]", 3_000),
        deep("{\"a\": ", "}", 3_000),
        deep("{[", "]}", 1_500),
        deep("[x | x := ", "]", 3_000),
        "package deep\n\nx := [[[\"[[[[[[[[[[[[[[[[[[[[\"]]]  # [[[[[[[[[[[[[[[[[[[[\n".to_owned(),
        deep("[", "]", 8),
        KIND.to_owned(),
    ];
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let limits = Limits { time: Duration::from_secs(60), ..Limits::default() };
    let runner = Runner::new(vec![set(&texts)], Host::default(), launch(), limits).expect("a worker");
    let told: Vec<_> = runner.faults().iter().map(|fault| told(&texts, fault)).collect();
    let deeper = "the brackets are nested deeper than 20 levels".to_owned();
    assert_eq!(told, ["[", "[", "{", "{", "["].map(|bracket| (bracket, deeper.clone())));
    assert_eq!(messages(&outcomes(&runner, 1, 1)[0]), ["job 0"]);
}

#[test]
fn a_package_with_an_odd_name_ends_no_worker() {
    let texts = [
        "package a[\"\\u001b[31m\\n::error::x\"]\n\ndeny contains \"x\"\n",
        "package a[\"b.c\"]\n\ndeny contains \"x\"\n",
        "package a[\"<script>\"]\n\ndeny contains \"odd\"\n",
        KIND,
    ];
    let runner = started(&texts);
    let told: Vec<_> = runner.faults().iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(told, ["the name of the package has a dot or a control character in quotes"; 2]);
    assert_eq!(messages(&outcomes(&runner, 1, 1)[0]), ["odd", "job 0"]);
}

/// Six rules that are all slow, and one that is not.
fn slow() -> String {
    let rule = |n: usize| {
        format!(
            "deny_{n} contains \"never\" if {{\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\ta * b < 0\n}}\n"
        )
    };
    format!("package slow\n\n{}", (0..6).map(rule).collect::<String>())
}

#[test]
fn all_rules_together_have_one_budget() {
    let slow = slow();
    let texts = [KIND, slow.as_str()];
    let (time, all) = (Duration::from_millis(200), Duration::from_millis(500));
    let limits = Limits { time, total: time * 2, all, ..Limits::default() };
    let runner = Runner::new(vec![set(&texts)], Host::default(), launch(), limits).expect("a worker");
    let jobs: Vec<_> = (0..100).map(|n| job(&json!({"n": n}))).collect();
    let no_host = |_: usize, _: &str, _: &[_]| Err("no host".into());
    for threads in [1, 2] {
        let budget = runner.budget();
        let outcomes = runner.run_within(&budget, &jobs, threads, &no_host).expect("a worker");
        // The rules before the slow ones ran, and later jobs did not.
        assert_eq!(messages(&outcomes[0]), ["job 0"]);
        assert!(outcomes[0].cut && outcomes[99].cut);
        assert_eq!(messages(&outcomes[99]), [""; 0]);
        let slowest = budget.slowest().map(|(rule, _)| runner.rules()[rule].package.as_str());
        assert_eq!(slowest, Some("slow"));
        assert_eq!(budget.reason(), "all policies together take longer than 0.5 seconds");
        // What is spent stays spent.
        let later = runner.run_within(&budget, &jobs[..1], threads, &no_host).expect("a worker");
        assert!(later[0].cut);
    }
}

#[test]
fn exceptions_count_for_the_budget() {
    let slow = "package slow\n\ndeny_a contains \"a\"\n\nexception contains [\"a\"] if {\n\tsome a in numbers.range(1, 3000)\n\tsome \
                b in numbers.range(1, 3000)\n\ta * b < 0\n}\n";
    let (time, all) = (Duration::from_millis(200), Duration::from_millis(500));
    let limits = Limits { time, total: time * 2, all, ..Limits::default() };
    let runner = Runner::new(vec![set(&[KIND, slow])], Host::default(), launch(), limits).expect("a worker");
    let outcomes = outcomes(&runner, 20, 1);
    assert_eq!(messages(&outcomes[0]), ["job 0", "a"]);
    assert!(outcomes[19].cut);
}

#[test]
fn reading_all_modules_has_one_budget() {
    // Each module is read for a while, by a reader that reads the inside of each bracket twice.
    let heavy = format!("package heavy\n\nx := {}1{}\n", "[".repeat(15), "]".repeat(15));
    let texts: Vec<_> = [KIND].into_iter().chain(std::iter::repeat_n(heavy.as_str(), 200)).collect();
    let limits = Limits { all: Duration::from_millis(500), ..Limits::default() };
    let begin = Instant::now();
    let runner = Runner::new(vec![set(&texts)], Host::default(), launch(), limits).expect("a worker");
    let message = &runner.faults()[0].message;
    assert_eq!(runner.faults().len(), 1, "{message}");
    assert!(
        message.ends_with("not read: the policies before it take longer than 0.5 seconds to read"),
        "{message}"
    );
    assert_eq!(messages(&outcomes(&runner, 1, 1)[0]), ["job 0"]);
    assert!(begin.elapsed() < Duration::from_secs(60));
}

#[test]
fn results_have_bounds_for_one_job_and_for_all() {
    let long = "package long\n\ndeny contains concat(\"\", [x | some _ in numbers.range(1, 300000); x := \"aaaaaaaaaa\"])\n";
    let many = "package many\n\ndeny contains sprintf(\"%d %s\", [n, x]) if {\n\tsome n in numbers.range(1, 100)\n\tx := concat(\"\", [y | some _ in numbers.range(1, 10000); y := \"aaaaaaaaaa\"])\n}\n";
    let texts = [KIND, long, many];
    let limits = Limits { time: Duration::from_secs(20), all: Duration::from_secs(600), ..Limits::default() };
    let runner = Runner::new(vec![set(&texts)], Host::default(), launch(), limits).expect("a worker");
    let budget = runner.budget();
    let jobs: Vec<_> = (0..20).map(|n| job(&json!({"n": n}))).collect();
    let outcomes = runner.run_within(&budget, &jobs, 1, &|_, _, _| Err("no host".into())).expect("a worker");
    let failures: Vec<_> =
        outcomes[0].failures.iter().map(|failure| failure.fault.message.as_str()).collect();
    assert_eq!(failures, ["the results over one input take more than 8 MiB"]);
    assert!(messages(&outcomes[0]).contains(&"job 0"));
    let later = runner.run_within(&budget, &jobs, 1, &|_, _, _| Err("no host".into())).expect("a worker");
    assert!(later.iter().all(|outcome| outcome.cut));
    assert_eq!(budget.reason(), "the results of all policies take more than 128 MiB");
}

#[test]
fn odd_modules_are_read_or_told() {
    let texts = [
        "",
        "# only a comment",
        "\u{feff}package a\n",
        "package b\r\n\r\ndeny contains \"crlf\"\r\n",
        "package c\u{0}",
        "no package",
        KIND,
    ];
    let runner = started(&texts);
    assert_eq!(messages(&outcomes(&runner, 1, 1)[0]), ["crlf", "job 0"]);
}

#[test]
fn an_input_that_is_too_deep_costs_only_its_job() {
    let runner = started(&[KIND]);
    let mut deep = json!(1);
    for _ in 0..1000 {
        deep = serde_json::Value::Array(vec![deep]);
    }
    let jobs = [job(&json!({"n": 0})), job(&deep), job(&json!({"n": 2}))];
    let outcomes = runner.run(&jobs, 1, &|_, _, _| Err("no host".into())).unwrap();
    assert_eq!(messages(&outcomes[0]), ["job 0"]);
    assert_eq!(outcomes[1].failures[0].fault.message, "the input is nested too deep");
    assert_eq!(messages(&outcomes[2]), ["job 2"]);
}

#[test]
fn ten_thousand_policies_are_read() {
    let texts: Vec<_> =
        (0..10_000).map(|n| format!("package p{n}\n\ndeny contains \"{n}\" if input.n == {n}\n")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let begin = Instant::now();
    let runner = Runner::new(vec![set(&texts)], Host::default(), launch(), Limits::default()).unwrap();
    assert_eq!((runner.faults().len(), runner.rules().len()), (0, 10_000));
    assert_eq!(messages(&run(&runner, json!({"n": 77}))), ["77"]);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let slow = "package slow\n\ndeny contains \"never\" if {\n\tinput.n >= 70\n\tcount(numbers.range(1, 1000000000000)) < 0\n}\n";
    let texts = [slow, KIND];
    let one = outcomes(&started(&texts), 200, 1);
    assert_eq!(one[70].failures.len(), 1);
    assert_eq!(one.iter().map(|outcome| outcome.failures.len()).sum::<usize>(), 1);
    for threads in [2, 4] {
        assert_eq!(one, outcomes(&started(&texts), 200, threads));
    }
}

#[test]
fn data_that_take_too_much_memory_cost_only_their_policies() {
    let mut heavy = set(&["package heavy\n\ndeny contains \"x\"\n"]);
    heavy.data = json!({ "lists": vec![json!([]); 2_500_000] });
    let limits = Limits { memory: 64 << 20, ..tight() };
    let runner = Runner::new(vec![set(&[KIND]), heavy], Host::default(), launch(), limits).expect("a worker");
    let told: Vec<_> = runner.faults().iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(told, ["reading this takes more than 64 MiB of memory"]);
    assert_eq!(messages(&outcomes(&runner, 1, 1)[0]), ["job 0"]);
}

#[test]
fn analysing_many_modules_with_errors_has_an_end() {
    let broken = |n: usize| format!("package p{n}\n\ndeny contains \"x\" if input.a == y\n");
    let texts: Vec<String> = (0..300).map(broken).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let limits = Limits { all: Duration::from_millis(100), ..Limits::default() };
    let runner = Runner::new(vec![set(&texts)], Host::default(), launch(), limits).expect("a worker");
    let is_rest =
        |fault: &&Fault| fault.message.contains("not read: the policies before it take longer than");
    assert_eq!(runner.faults().iter().filter(is_rest).count(), 1);
    assert!(runner.faults().len() < 300);
}
