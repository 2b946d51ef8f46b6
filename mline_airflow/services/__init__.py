"""Services: started, found ready, watched, stopped and reaped, in processes or in containers.

- values: what an instance is, how it ended, who uses it until when
- spec: a service of a plan with everything resolved
- place: the interface of where services run, and its choice
- process, process_environment, _exec, _launch, _state; keeper, pid: commands of this machine
- locks: who starts or ends what, on this machine
- docker and docker_container, _exec, _here, _log, _network: containers of an engine
- ready: the checks of readiness
- life: start and stop, the same for every place
- use: what a stage that uses services does: look, and renew leases
- task: the start and stop tasks of a plan, with their records
- hidden: what is kept of a log, without what it must not show
- local, in_airflow: services of a run without Airflow, and of a task in it
- reap, engines, reaper_dag: the end of what nobody uses any more, wherever it is
"""
