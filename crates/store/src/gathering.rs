//! Questions that are asked at about the same time, asked together.
//!
//! On PostgreSQL most of what a short question costs is the way there and back and the beginning of
//! a statement. Those that come while others are under way wait for one another, as writes do, and
//! go as one statement. None is answered by what was asked before it came.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::Error;

/// How long a question waits for those that are under way before it may go beside them.
const LONG: Duration = Duration::from_millis(20);

/// What asks several questions at once.
pub(crate) trait Together: Send + Sync + 'static {
    /// One question.
    type Question: Send + 'static;
    /// The answer to one question.
    type Answer: Send + 'static;
    /// How many questions are asked at once at most; at least 1.
    const MOST: usize;

    /// Asks for the answers to questions, as many and in their order.
    ///
    /// # Errors
    /// One error is that of every question.
    fn ask(
        &self,
        questions: Vec<Self::Question>,
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Error>> + Send;
}

/// Questions of one kind. Cheap to clone; clones share what waits.
pub(crate) struct Gathering<T: Together>(Arc<Inner<T>>);

struct Inner<T: Together> {
    together: T,
    /// How many groups are under way at once: usually, and where those take long.
    lanes: RangeInclusive<usize>,
    waiting: Mutex<Waiting<T>>,
}

struct Waiting<T: Together> {
    questions: VecDeque<Asked<T>>,
    lanes: usize,
}

/// A question, and who waits for its answer.
type Asked<T> =
    (<T as Together>::Question, oneshot::Sender<Result<<T as Together>::Answer, Error>>);

impl<T: Together> Clone for Gathering<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Together> Waiting<T> {
    /// Whether another lane begins, of which there may be so many.
    fn begins(&mut self, lanes: usize) -> bool {
        let begins = self.lanes < lanes && !self.questions.is_empty();
        self.lanes += usize::from(begins);
        begins
    }
}

impl<T: Together> Gathering<T> {
    /// No question yet; later so many groups of them under way at once, at least one: as many as the
    /// range begins with, and up to its end where those take long, so that nobody waits for a
    /// connection that is lost.
    pub(crate) fn new(together: T, lanes: RangeInclusive<usize>) -> Self {
        let waiting = Mutex::new(Waiting { questions: VecDeque::new(), lanes: 0 });
        let (usual, most) = lanes.into_inner();
        Self(Arc::new(Inner { together, lanes: usual.max(1)..=most.max(1), waiting }))
    }

    /// Asks a question, with others that come at the same time; it is sent after this is called.
    ///
    /// # Errors
    /// What went wrong for its group; [`Error::Failed`] where the runtime ends meanwhile.
    pub(crate) async fn ask(&self, question: T::Question) -> Result<T::Answer, Error> {
        let (sender, mut answer) = oneshot::channel();
        let (usual, most) = (*self.0.lanes.start(), *self.0.lanes.end());
        let begins = {
            let mut waiting = self.0.lock();
            waiting.questions.push_back((question, sender));
            waiting.begins(usual)
        };
        if begins {
            self.begin_lane();
        } else if usual < most {
            match timeout(LONG, &mut answer).await {
                Ok(answered) => return answered.map_err(|_| Error::failed(NOBODY))?,
                Err(_) if self.0.lock().begins(most) => self.begin_lane(),
                Err(_) => {}
            }
        }
        answer.await.map_err(|_| Error::failed(NOBODY))?
    }

    fn begin_lane(&self) {
        tokio::spawn(Lane { inner: Arc::clone(&self.0), has_ended: false }.run());
    }
}

impl<T: Together> Inner<T> {
    fn lock(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NOBODY: &str = "nobody asks any more";

/// One group after the other, until no question waits.
struct Lane<T: Together> {
    inner: Arc<Inner<T>>,
    has_ended: bool,
}

impl<T: Together> Lane<T> {
    async fn run(mut self) {
        // Whoever is ready to ask as well does so first.
        tokio::task::yield_now().await;
        while let Some(group) = self.next_group() {
            let (questions, senders): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            match self.inner.together.ask(questions).await {
                Ok(answers) => {
                    for (sender, answer) in senders.into_iter().zip(answers) {
                        // Whoever asked may have gone.
                        let _ = sender.send(Ok(answer));
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for sender in senders {
                        let _ = sender.send(Err(Error::shared(&error)));
                    }
                }
            }
        }
    }

    /// The questions that wait, as many as go together; where there are none, the lane has ended
    /// before anybody can ask another.
    fn next_group(&mut self) -> Option<Vec<Asked<T>>> {
        let mut waiting = self.inner.lock();
        let group = waiting.questions.len().min(T::MOST.max(1));
        if group == 0 {
            waiting.lanes -= 1;
            self.has_ended = true;
            return None;
        }
        Some(waiting.questions.drain(..group).collect())
    }
}

impl<T: Together> Drop for Lane<T> {
    /// Leaves nobody waiting where the lane panicked or its runtime ended.
    fn drop(&mut self) {
        if !self.has_ended {
            let mut waiting = self.inner.lock();
            waiting.lanes -= 1;
            if waiting.lanes == 0 {
                waiting.questions.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Doubles numbers, and tells how many were asked at once.
    struct Doubling;

    impl Together for Doubling {
        type Question = u64;
        type Answer = (u64, usize);
        const MOST: usize = 4;

        async fn ask(&self, questions: Vec<u64>) -> Result<Vec<(u64, usize)>, Error> {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if questions.contains(&0) {
                return Err(Error::TooLong { seconds: 7 });
            }
            let at_once = questions.len();
            Ok(questions.into_iter().map(|number| (2 * number, at_once)).collect())
        }
    }

    #[tokio::test]
    async fn each_question_gets_its_own_answer_and_some_go_together() {
        let gathering = Gathering::new(Doubling, 2..=2);

        let answers = (1..=20).map(|number| gathering.ask(number));
        let answers = futures_util::future::join_all(answers).await;

        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        let doubled: Vec<u64> = answers.iter().map(|(doubled, _)| *doubled).collect();
        assert_eq!(doubled, (1..=20).map(|number| 2 * number).collect::<Vec<_>>());
        assert!(answers.iter().all(|(_, at_once)| *at_once <= Doubling::MOST));
        assert!(answers.iter().any(|(_, at_once)| *at_once == Doubling::MOST));
    }

    #[tokio::test]
    async fn an_error_is_that_of_everybody_who_asked_together_and_of_nobody_else() {
        let gathering = Gathering::new(Doubling, 1..=1);

        let answers = [0, 1, 2, 3, 4].map(|number| gathering.ask(number));
        let answers = futures_util::future::join_all(answers).await;

        for answer in &answers[..4] {
            assert!(matches!(answer, Err(Error::TooLong { seconds: 7 })), "{answer:?}");
        }
        assert!(matches!(answers[4], Ok((8, 1))), "{:?}", answers[4]);
    }

    /// Answers a question of 0 when another question was answered.
    struct Stuck(tokio::sync::Notify);

    impl Together for Stuck {
        type Question = u64;
        type Answer = u64;
        const MOST: usize = 4;

        async fn ask(&self, questions: Vec<u64>) -> Result<Vec<u64>, Error> {
            match questions.contains(&0) {
                true => self.0.notified().await,
                false => self.0.notify_one(),
            }
            Ok(questions)
        }
    }

    #[tokio::test]
    async fn who_waits_long_goes_beside_those_who_are_stuck() {
        let gathering = Gathering::new(Stuck(tokio::sync::Notify::new()), 1..=2);
        let stuck = tokio::spawn({
            let gathering = gathering.clone();
            async move { gathering.ask(0).await }
        });
        while gathering.0.lock().lanes == 0 || !gathering.0.lock().questions.is_empty() {
            tokio::task::yield_now().await;
        }

        let answer = timeout(Duration::from_secs(10), gathering.ask(1)).await;

        assert_eq!(answer.expect("it is not stuck").unwrap(), 1);
        assert_eq!(stuck.await.unwrap().unwrap(), 0);
    }

    #[test]
    fn a_runtime_that_ends_leaves_the_lanes_to_others() {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        let gathering = Gathering::new(Doubling, 1..=1);
        let asked = gathering.clone();

        runtime().unwrap().block_on(async move {
            let ask = tokio::spawn(async move { asked.ask(1).await });
            tokio::task::yield_now().await;
            ask.abort();
        });
        let answer = runtime().unwrap().block_on(gathering.ask(3));

        assert_eq!(answer.unwrap(), (6, 1));
    }
}
